"""What is said when a night, its cases or its report stand in the way: Vietnamese and English."""

# fmt: off
ONESTOP_NOT_CONNECTED = (
    "Chưa kết nối hệ thống một cửa. Hãy báo quản trị viên điền [onestop] base_url.",
    "No one-stop system is connected. Ask the operator to fill in [onestop] base_url.")
ONESTOP_UNUSABLE = (
    "Không đối soát được: câu trả lời của hệ thống một cửa không dùng được. {why}",
    "Not reconciled: the one-stop system's answer cannot be used. {why}")
NIGHT_UNKNOWN = (
    "Chưa có đối soát cho ngày {date}.",
    "There is no reconciliation for {date}.")
NIGHT_WITHOUT_REPORT = (
    "Đêm {date} không có báo cáo. Hãy chạy lại: postal-bridge reconcile --date {iso}",
    "The night of {date} has no report. Run it again: postal-bridge reconcile --date {iso}")
NIGHT_IN_FUTURE = (
    "Ngày {date} chưa kết thúc, chưa thể đối soát.",
    "{date} has not come yet; it cannot be reconciled.")
CURSOR_TOO_OLD = (
    "Không thể đọc tiếp các thay đổi từ mốc này. Hãy tải lại danh sách rồi theo dõi từ đầu.",
    "The changes cannot be read on from this cursor. Load the lists anew and follow from there.")
DISCREPANCY_UNKNOWN = (
    "Không có chênh lệch số {id}.",
    "There is no discrepancy no. {id}.")
CASE_CLOSED = (
    "Chênh lệch của “{code}” đã đóng ngày {closed_on}. Hãy mở lại trước khi giao hoặc đặt hạn.",
    "The case of “{code}” was closed on {closed_on}. Open it again before you assign or date it.")
CASE_OPEN = (
    "Chênh lệch của “{code}” đang mở, không cần mở lại.",
    "The case of “{code}” is open; there is nothing to open again.")
CASE_OWNER_SEES_NOTHING = (
    "“{name}” ({role}) không xem được chênh lệch. Hãy giao cho giám sát bưu điện hoặc cán bộ Trung tâm.",
    "“{name}” ({role}) does not see cases. Assign a supervisor or an officer of the centre.")
DUE_IN_PAST = (
    "Hạn {due_on} đã qua. Hãy chọn hôm nay hoặc một ngày sau đó.",
    "{due_on} is past. Choose today or a later day.")
WORDS_MISSING = (
    "Nội dung còn trống hoặc quá ngắn. Hãy viết ít nhất {fewest} ký tự.",
    "There is nothing to read. Write at least {fewest} characters.")
NIGHT_NOT_DONE = (
    "Đêm {date} chưa đối soát xong, chưa có báo cáo để ký. Hãy chạy lại đối soát.",
    "The night of {date} is not done and has no report to sign. Run it again.")
REPORT_CHANGED = (
    "Báo cáo đêm {date} đã thay đổi từ khi bạn xem. Hãy xem lại rồi ký.",
    "The report of {date} has changed since you read it. Read it again, then sign.")
SIGNED_ALREADY = (
    "Báo cáo đêm {date} đã được {name} ký cho bên này lúc {signed_at}.",
    "The report of {date} was signed for this side by {name} at {signed_at}.")
SAME_SIGNER = (
    "Bạn đã ký đêm {date} cho bên kia. Hai bên phải do hai người ký.",
    "You have signed {date} for the other side. Two people sign for the two sides.")
NOTE_NEEDED = (
    "Còn {cases} chênh lệch chưa ai nhận hoặc quá hạn mà chưa giải trình. Hãy ghi chú khi ký (ít nhất {fewest} ký tự).",
    "{cases} cases have neither owner nor explanation, or are overdue and not explained. Sign with a note ({fewest} characters or more).")
# fmt: on
