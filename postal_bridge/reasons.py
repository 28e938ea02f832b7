"""Every reason to refuse, in Vietnamese and in English: the one list of them.

`errors.py` makes refusals of them and is where the rest of the program imports them from.
"""

from enum import Enum, StrEnum

from postal_bridge import dossier_reasons as dossier
from postal_bridge import night_reasons as night
from postal_bridge import paper_reasons as paper


class Kind(StrEnum):
    """What sort of "no" it is; the doors map it to their own codes."""

    INVALID = "invalid"
    MISSING = "missing"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"
    GONE = "gone"
    CONFLICT = "conflict"
    MISMATCH = "mismatch"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    RUNNING = "running"
    OUTSIDE = "outside"


class Reason(Enum):
    """Every refusal there is: kind, Vietnamese sentence, English sentence.

    A sentence says what is wrong and what to do; `{names}` are filled from the refusal's facts.
    """

    # fmt: off
    MALFORMED_JSON = (Kind.INVALID,
        "Nội dung gửi lên không phải JSON hợp lệ. Hãy kiểm tra lại rồi gửi lại.",
        "The body is not valid JSON. Check it and send it again.")
    INVALID_FIELD = (Kind.MISMATCH,
        "Trường “{name}” không hợp lệ: {why}. Hãy sửa rồi gửi lại.",
        "Field “{name}” is not valid: {why}. Correct it and send it again.")
    BODY_TOO_LARGE = (Kind.TOO_LARGE,
        "Nội dung gửi lên lớn hơn giới hạn {limit_bytes} byte. Hãy chia nhỏ rồi gửi lại.",
        "The body is larger than the limit of {limit_bytes} bytes. Split it and send it again.")
    NOT_SIGNED_IN = (Kind.UNAUTHENTICATED,
        "Chưa đăng nhập hoặc mã phiên không đúng. Hãy đăng nhập lại.",
        "Not signed in, or the token is not known. Sign in again.")
    SESSION_EXPIRED = (Kind.UNAUTHENTICATED,
        "Phiên làm việc đã hết hạn. Hãy đăng nhập lại; dữ liệu đã quét vẫn còn trên máy.",
        "The session has expired. Sign in again; what was scanned is still on the device.")
    WRONG_PASSWORD = (Kind.UNAUTHENTICATED,
        "Tên đăng nhập hoặc mật khẩu không đúng.",
        "The user name or the password is wrong.")
    TOO_MANY_ATTEMPTS = (Kind.TOO_MANY,
        "Quá nhiều lần thử. Hãy đợi {wait_seconds} giây rồi thử lại.",
        "Too many attempts. Wait {wait_seconds} seconds and try again.")
    ROLE_NOT_ALLOWED = (Kind.FORBIDDEN,
        "Vai trò “{role}” không được làm việc này. Hãy nhờ người có vai trò: {allowed}.",
        "Role “{role}” may not do this. Ask somebody with role: {allowed}.")
    OTHER_PLACE = (Kind.FORBIDDEN,
        "Bạn không được phân công tại “{place}”. Hãy chọn đúng nơi làm việc.",
        "You are not assigned to “{place}”. Choose your own place of work.")
    IDEMPOTENCY_KEY_MISSING = (Kind.INVALID,
        "Thiếu tiêu đề Idempotency-Key. Hãy gửi một mã riêng cho mỗi yêu cầu tạo mới.",
        "The Idempotency-Key header is missing. Send one key of its own with each creation.")
    IDEMPOTENCY_KEY_REUSED = (Kind.MISMATCH,
        "Mã Idempotency-Key này đã dùng cho nội dung khác. Hãy dùng mã mới.",
        "This Idempotency-Key was used with another content. Use a new key.")
    STILL_RUNNING = (Kind.RUNNING,
        "Yêu cầu trước với cùng mã đang được xử lý. Hãy gửi lại sau giây lát.",
        "The first request with this key is still running. Send it again in a moment.")
    NOT_FOUND = (Kind.UNKNOWN,
        "Không có địa chỉ này trên máy chủ.",
        "There is nothing at this address.")
    METHOD_NOT_ALLOWED = (Kind.INVALID,
        "Địa chỉ này không nhận phương thức {method}.",
        "This address does not take the method {method}.")
    CODE_MALFORMED = (Kind.MISMATCH,
        "“{code}” không đúng dạng mã {what}. Hãy quét lại hoặc nhập đúng như trên giấy.",
        "“{code}” is not a well-formed {what} code. Scan again or type it as printed.")
    DOSSIER_UNKNOWN = (Kind.UNKNOWN, *dossier.DOSSIER_UNKNOWN)
    DOSSIER_EXISTS = (Kind.CONFLICT, *dossier.DOSSIER_EXISTS)
    DOSSIER_WRONG_STATUS = (Kind.CONFLICT, *dossier.DOSSIER_WRONG_STATUS)
    OTHER_DEPARTMENT = (Kind.FORBIDDEN, *dossier.OTHER_DEPARTMENT)
    PROCEDURE_UNKNOWN = (Kind.MISMATCH, *dossier.PROCEDURE_UNKNOWN)
    AGENCY_MISSING = (Kind.MISMATCH, *dossier.AGENCY_MISSING)
    PAPERS_MISSING = (Kind.MISMATCH, *dossier.PAPERS_MISSING)
    ITEM_UNKNOWN = (Kind.UNKNOWN,
        "Không có bưu gửi mang mã “{code}”. Hãy quét lại mã vạch.",
        "There is no item with code “{code}”. Scan the barcode again.")
    ITEM_CLOSED = (Kind.CONFLICT,
        "“{code}” đã kết thúc hành trình ({stage}). Nếu quét nhầm, hãy báo giám sát đính chính.",
        "“{code}” has ended its journey ({stage}). If by mistake, ask a supervisor to correct it.")
    ITEM_IN_POUCH = (Kind.CONFLICT,
        "“{code}” nằm trong túi đã niêm phong “{holder}”. Hãy quét mã túi hoặc mở túi trước.",
        "“{code}” lies in the sealed pouch “{holder}”. Scan the pouch or open it first.")
    ITEM_HELD_ELSEWHERE = (Kind.CONFLICT,
        "“{code}” đang do “{holder}” giữ, không phải bạn. Hãy làm bàn giao trước.",
        "“{code}” is held by “{holder}”, not by you. Make a handover first.")
    ACT_NOT_POSSIBLE = (Kind.CONFLICT,
        "“{code}” đang ở bước “{stage}”, không thể “{act}”.",
        "“{code}” is at stage “{stage}”; “{act}” is not possible.")
    ACT_UNKNOWN = (Kind.MISMATCH,
        "Không có thao tác “{act}” cho loại “{kind}”. Hãy cập nhật ứng dụng trên máy.",
        "There is no act “{act}” for “{kind}”. Update the application on the device.")
    SCAN_IN_FUTURE = (Kind.MISMATCH,
        "Giờ trên máy quét nhanh hơn máy chủ {ahead_minutes} phút. Hãy chỉnh giờ rồi gửi lại.",
        "The device's clock is {ahead_minutes} minutes ahead. Set it and send the scan again.")
    SCAN_ID_NOT_V7 = (
        Kind.INVALID,
        "Mã lần quét phải là UUID phiên bản 7 do thiết bị tạo. Hãy cập nhật ứng dụng trên thiết bị.",
        "A scan id must be a UUID of version 7, made on the device. Update the device's app.")
    SCAN_ID_REUSED = (Kind.CONFLICT,
        "Mã lần quét này đã dùng cho nội dung khác. Lần quét được giữ lại để xem xét.",
        "This scan id was used with another content. The scan is kept for review.")
    REFUSED_SCAN_UNKNOWN = (Kind.UNKNOWN, "Không có lần quét này.", "There is no such scan.")
    REFUSED_SCAN_STAYS = (Kind.CONFLICT,
        "Lần quét “{scan_id}” giữ nguyên, không có gì thay đổi: {why}",
        "Scan “{scan_id}” stays as it is, nothing has changed: {why}")
    CORRECTION_UNKNOWN = (Kind.MISMATCH,
        "Không có lần quét “{corrects}” của “{code}” để đính chính.",
        "“{code}” has no event “{corrects}” that could be corrected.")
    POUCH_UNKNOWN = (Kind.UNKNOWN,
        "Không có túi “{code}”. Hãy quét lại mã túi.",
        "There is no pouch “{code}”. Scan the pouch again.")
    POUCH_EMPTY = (Kind.CONFLICT,
        "Túi “{code}” chưa có gì bên trong, không thể niêm phong.",
        "Pouch “{code}” is empty and cannot be sealed.")
    POUCH_SEALED = (Kind.CONFLICT,
        "Túi “{code}” đã niêm phong bằng “{seal}” lúc {sealed_at}.",
        "Pouch “{code}” was sealed with “{seal}” at {sealed_at}.")
    POUCH_NOT_SEALED = (Kind.CONFLICT,
        "Túi “{code}” chưa niêm phong ({state}). Hãy niêm phong trước.",
        "Pouch “{code}” is not sealed (it is {state}). Seal it first.")
    POUCH_OPENED = (Kind.CONFLICT,
        "Túi “{code}” đã mở và không dùng lại. Hãy lập túi mới.",
        "Pouch “{code}” has been opened and is not used again. Make a new pouch.")
    SEAL_USED = (Kind.CONFLICT,
        "Niêm phong “{seal}” đã dùng cho túi “{code}”. Hãy lấy niêm phong mới.",
        "Seal “{seal}” was used on pouch “{code}”. Take a new seal.")
    HANDOVER_UNKNOWN = (Kind.UNKNOWN,
        "Không có biên bản giao nhận số “{number}”.",
        "There is no handover number “{number}”.")
    HANDOVER_CLOSED = (Kind.CONFLICT,
        "Biên bản “{number}” đã ký nhận lúc {accepted_at}.",
        "Handover “{number}” was accepted at {accepted_at}.")
    HANDOVER_WITHDRAWN = (Kind.CONFLICT,
        "Biên bản “{number}” đã được bên giao rút lại.",
        "Handover “{number}” was withdrawn by the giver.")
    HANDOVER_PENDING = (Kind.CONFLICT,
        "“{code}” đang chờ ký nhận theo biên bản “{number}”.",
        "“{code}” is waiting in handover “{number}”.")
    HANDOVER_EMPTY = (Kind.MISMATCH,
        "Biên bản giao nhận phải có ít nhất một túi hoặc một bưu gửi.",
        "A handover needs at least one pouch or one item.")
    COUNT_DIFFERS = (Kind.CONFLICT,
        "Bên giao đếm {given}, bạn đếm {counted}. Hãy quét từng mã đang cầm và xác nhận chênh lệch (confirm_difference) để lập biên bản có cả hai số.",
        "The giver counted {given}, you counted {counted}. Scan each code in your hands and send it with confirm_difference, so that the minutes keep both counts.")
    COUNT_CONTRADICTS_CODES = (Kind.MISMATCH,
        "Số đếm {counted} không khớp với {listed} mã đã quét. Hãy đếm lại.",
        "The count {counted} does not match the {listed} codes scanned. Count again.")
    NOT_THE_GIVER = (Kind.FORBIDDEN,
        "Biên bản này do “{giver}” lập. Chỉ bên giao hoặc giám sát mới rút lại được.",
        "This handover was offered by “{giver}”. Only the giver or a supervisor can withdraw it.")
    NOT_THE_RECEIVER = (Kind.FORBIDDEN,
        "Biên bản này giao cho “{receiver}”. Chỉ bên nhận mới ký được.",
        "This handover is addressed to “{receiver}”. Only the receiver can sign it.")
    PLACE_UNKNOWN = (Kind.MISMATCH,
        "Không có nơi “{place}” trong danh mục đơn vị.",
        "There is no place “{place}” in the list of organisations.")
    PLACE_WITHOUT_POINT = (Kind.MISMATCH,
        "Nơi “{place}” chưa có tọa độ trong danh mục đơn vị.", "Place “{place}” has no coordinates in the list.")
    STAFF_UNKNOWN = (Kind.MISMATCH,
        "Không có nhân viên “{username}”.",
        "There is no member of staff “{username}”.")
    RESULT_EXISTS = (Kind.CONFLICT, *dossier.RESULT_EXISTS)
    SUPPLEMENT_OPEN = (Kind.CONFLICT, *dossier.SUPPLEMENT_OPEN)
    SUPPLEMENT_NOT_OPEN = (Kind.CONFLICT, *dossier.SUPPLEMENT_NOT_OPEN)
    PROMISE_NOT_LATER = (Kind.MISMATCH, *dossier.PROMISE_NOT_LATER)
    PROMISE_MISSING = (Kind.CONFLICT, *dossier.PROMISE_MISSING)
    RETURN_MODE_DIFFERS = (Kind.CONFLICT,
        "Hồ sơ “{code}” đăng ký nhận kết quả qua “{mode}”.",
        "Dossier “{code}” asked for its result by “{mode}”.")
    RECEIVER_MISSING = (Kind.MISMATCH,
        "Thiếu {what} người nhận để gửi kết quả về tận nơi.",
        "The receiver's {what} is missing, so the result cannot be sent home.")
    CONSIGNMENT_UNKNOWN = (Kind.UNKNOWN,
        "Không có vận đơn “{number}”.",
        "There is no consignment “{number}”.")
    CONSIGNMENT_OPEN = (Kind.CONFLICT,
        "“{code}” đang có vận đơn “{number}” chưa kết thúc.",
        "“{code}” already travels under consignment “{number}”.")
    CONSIGNMENT_CLOSED = (Kind.CONFLICT,
        "Vận đơn “{number}” đã kết thúc ({state}).",
        "Consignment “{number}” is closed ({state}).")
    ORDER_UNSETTLED = (Kind.CONFLICT,
        "Vận đơn trước “{number}” còn chờ hãng trả lời ({state}); chưa thể đặt vận đơn mới.",
        "Consignment “{number}” still waits for its carrier's word ({state}).")
    COURIER_NEEDED = (Kind.MISMATCH,
        "Hãng “{name}” cần tên bưu tá nhận hồ sơ.",
        "Carrier “{name}” needs the courier who takes it.")
    WAYBILL_NEEDED = (Kind.MISMATCH,
        "Kết nối “{name}” chỉ tra cứu: cần số hiệu bưu gửi trên biên lai của bưu cục.",
        "Connection “{name}” only tracks: the number on the post office's receipt is needed.")
    WAYBILL_UNWANTED = (Kind.MISMATCH,
        "Hãng “{name}” tự cấp số hiệu; hãy để trống số hiệu bưu gửi.",
        "Carrier “{name}” gives out numbers itself; leave the waybill empty.")
    WAYBILL_TAKEN = (Kind.CONFLICT,
        "Số hiệu “{waybill}” của “{name}” đã dùng cho vận đơn khác.",
        "Waybill “{waybill}” of “{name}” belongs to another consignment.")
    WINDOW_WRONG = (Kind.MISMATCH,
        "Giờ lấy hàng cần cả lúc bắt đầu và lúc kết thúc, kết thúc sau bắt đầu.",
        "A pickup window needs a start and an end after it.")
    WINDOW_UNWANTED = (Kind.MISMATCH,
        "Hãng “{name}” không nhận hẹn giờ lấy hàng; hãy bỏ trống giờ lấy.",
        "Carrier “{name}” takes no pickup window; leave it empty.")
    WEBHOOK_UNKNOWN = (Kind.UNKNOWN,
        "Không có nơi nhận tin “{id}”.",
        "There is no webhook “{id}”.")
    WEBHOOK_URL = (Kind.MISMATCH,
        "“{url}” không dùng được: cần https và tên máy chủ, không kèm mật khẩu.",
        "“{url}” cannot be used: https and a host are needed, without a password.")
    WEBHOOK_TYPE = (Kind.MISMATCH,
        "Không có loại tin “{type}”; GET /webhooks liệt kê mọi loại.",
        "There is no type “{type}”; GET /webhooks lists them all.")
    DELIVERY_UNKNOWN = (Kind.UNKNOWN,
        "Không có lần báo tin “{id}” của nơi nhận này.",
        "This webhook has no delivery “{id}”.")
    WAYBILL_RANGE = (Kind.MISMATCH,
        "Dải số hiệu không đúng: hai chữ cái, số đầu không lớn hơn số cuối, nhiều nhất {most} số.",
        "The range is wrong: two letters, the first not above the last, {most} numbers at most.")
    WAYBILL_MALFORMED = (Kind.MISMATCH,
        "“{waybill}” không phải số hiệu bưu gửi S10 hợp lệ.",
        "“{waybill}” is no valid S10 number.")
    WAYBILL_LOADED = (Kind.CONFLICT,
        "Số hiệu “{waybill}” đã có trong kho hoặc lặp lại trong danh sách.",
        "Waybill “{waybill}” is in the pool already, or twice in the list.")
    NO_POOL = (Kind.MISMATCH,
        "Kết nối “{name}” không dùng kho số hiệu.",
        "Connection “{name}” has no pool of numbers.")
    LABEL_REFUSED = (Kind.CONFLICT,
        "Hãng “{name}” không cấp nhãn: {said}",
        "Carrier “{name}” gives no label: {said}")
    CALLBACK_NOT_GENUINE = (Kind.UNAUTHENTICATED,
        "Yêu cầu gửi đến “{name}” không mang khóa đã thỏa thuận với hãng.",
        "The request to “{name}” does not carry the secret agreed with the carrier.")
    CARRIER_UNKNOWN = (Kind.MISMATCH,
        "Không có đơn vị vận chuyển “{name}” trong cấu hình.",
        "There is no carrier “{name}” in the configuration.")
    REMITTANCE_UNKNOWN = (Kind.UNKNOWN,
        "Không có khoản chuyển tiền “{id}”.",
        "There is no remittance “{id}”.")
    REMITTANCE_DIFFERS = (Kind.CONFLICT,
        "Chứng từ “{reference}” đã được {entered_by} nhập lúc {entered_at}: {total}, ngày {paid_on}, nội dung khác. Hãy kiểm tra lại sao kê.",
        "Bank reference “{reference}” was entered by {entered_by} at {entered_at} with another content: {total}, paid on {paid_on}. Check the statement.")
    REMITTANCE_FILE = (Kind.MISMATCH,
        "Không đọc được bảng kê, chưa ghi gì. {why}",
        "The list cannot be read, nothing was kept. {why}")
    REMITTANCE_CELLS = (Kind.MISMATCH,
        "{count} ô trong bảng kê không đọc được, chưa ghi gì. Dòng và cột: {why}",
        "{count} cells of the list cannot be read, nothing was kept. Row and column: {why}")
    PAID_IN_FUTURE = (Kind.MISMATCH,
        "Ngày tiền về {paid_on} chưa đến. Hãy ghi đúng ngày trên sao kê.",
        "{paid_on}, the day of the payment, has not come yet. Enter the day of the statement.")
    COD_CASE_UNKNOWN = (Kind.UNKNOWN,
        "Không có trường hợp thu hộ “{key}”.",
        "There is no COD case “{key}”.")
    COD_CASE_CLOSED = (Kind.CONFLICT,
        "Trường hợp “{key}” đã khớp tiền và đóng.",
        "Case “{key}” adds up by now and is closed.")
    COD_NOT_POSSIBLE = (Kind.CONFLICT,
        "Không làm được việc này với trường hợp “{key}”.",
        "This cannot be done with case “{key}”.")
    COD_AMOUNT_CHANGED = (Kind.CONFLICT,
        "Số tiền của “{key}” nay là {amount}. Hãy xem lại rồi quyết định.",
        "“{key}” stands at {amount} now. Look again, then decide.")
    SECOND_PERSON_NEEDED = (Kind.FORBIDDEN,
        "Đề nghị xóa nợ do “{name}” lập. Người thứ hai phải đồng ý.",
        "“{name}” proposed this write-off. A second person must agree.")
    PICKUP_UNKNOWN = (Kind.UNKNOWN, "Không có lịch hẹn “{number}”.", "There is no pickup “{number}”.")
    PICKUP_STATE = (Kind.CONFLICT,
        "Lịch hẹn {number} {state}, không làm được việc này nữa. Hãy tải lại.",
        "Pickup {number}: {state}. This cannot be done any more; load it again.")
    PICKUP_DAY = (Kind.MISMATCH,
        "Không nhận hẹn {half} ngày {day}: ngày nghỉ, đã quá giờ chốt hoặc quá xa. Sớm nhất: {earliest}.",
        "No pickups on the {half} of {day}: no working day, past its cut-off, or too far ahead. Earliest: {earliest}.")
    SLOT_FULL = (Kind.CONFLICT,
        "Buổi này đã đủ {capacity} lịch hẹn. Còn chỗ gần nhất: {earliest}.",
        "This half-day has its {capacity} pickups. The next one with room: {earliest}.")
    WARD_UNKNOWN = (Kind.MISMATCH,
        "Không có xã, phường mã “{ward}” (5 chữ số, từ 01/07/2025).", "There is no ward “{ward}” (five digits).")
    ROUND_UNKNOWN = (Kind.UNKNOWN, "Không có tuyến “{number}”.", "There is no round “{number}”.")
    ROUND_STATE = (Kind.CONFLICT,
        "Tuyến {number} {state}, không làm được việc này. Hãy tải lại.",
        "Round {number}: {state}. This cannot be done; load it again.")
    STOPS_OPEN = (Kind.CONFLICT,
        "Tuyến {number} còn {count} điểm chưa ghi kết quả.", "{count} stops of round {number} have no outcome yet.")
    NO_SHIFTS = (Kind.MISMATCH,
        "Bưu cục “{office}” không có ca xe nào ([shifts.NAME]).", "Office “{office}” has no shifts ([shifts.NAME]).")
    NOT_PLANNED = (Kind.OUTSIDE, "Chưa xếp được tuyến, chưa có gì thay đổi: {why}", "Not planned, nothing changed: {why}")
    PLAN_RUNNING = (Kind.RUNNING,
        "Đang có người xếp tuyến cho “{office}” ngày {day}. Hãy chờ.", "Somebody is planning {day} for “{office}”. Wait.")

    INCIDENT_UNKNOWN = (Kind.UNKNOWN, "Không có sự cố số {id}.", "There is no incident no. {id}.")
    INCIDENT_CLOSED = (Kind.CONFLICT, "Sự cố số {id} đã đóng.", "Incident no. {id} is closed.")
    FEE_AMOUNT = (Kind.MISMATCH,
        "Số tiền {amount_vnd} không hợp lệ: phải là số nguyên đồng lớn hơn 0, trừ khi miễn.",
        "The amount {amount_vnd} is not valid: whole đồng above 0 unless exempted.")
    EXEMPTION_BASIS_MISSING = (Kind.MISMATCH,
        "Miễn phí phải ghi căn cứ pháp lý.",
        "An exemption needs its legal basis.")
    DOCUMENT_UNKNOWN = (Kind.UNKNOWN, "Không có tệp số hóa “{id}”.", "There is no document “{id}”.")
    DOCUMENT_TYPE = (Kind.MISMATCH,
        "Chỉ nhận PDF, JPEG, PNG hoặc TIFF; tệp này có nội dung {found}.",
        "Only PDF, JPEG, PNG or TIFF are taken; this file's content is {found}.")
    COMPONENT_UNKNOWN = (Kind.MISMATCH,
        "Hồ sơ không có thành phần số {position}.",
        "The dossier has no component number {position}.")
    ONESTOP_NOT_CONNECTED = (Kind.OUTSIDE, *night.ONESTOP_NOT_CONNECTED)
    ONESTOP_UNUSABLE = (Kind.OUTSIDE, *night.ONESTOP_UNUSABLE)
    NIGHT_UNKNOWN = (Kind.UNKNOWN, *night.NIGHT_UNKNOWN)
    NIGHT_WITHOUT_REPORT = (Kind.UNKNOWN, *night.NIGHT_WITHOUT_REPORT)
    NIGHT_IN_FUTURE = (Kind.MISMATCH, *night.NIGHT_IN_FUTURE)
    CURSOR_TOO_OLD = (Kind.GONE, *night.CURSOR_TOO_OLD)
    DISCREPANCY_UNKNOWN = (Kind.UNKNOWN, *night.DISCREPANCY_UNKNOWN)
    CASE_CLOSED = (Kind.CONFLICT, *night.CASE_CLOSED)
    CASE_OPEN = (Kind.CONFLICT, *night.CASE_OPEN)
    CASE_OWNER_SEES_NOTHING = (Kind.MISMATCH, *night.CASE_OWNER_SEES_NOTHING)
    DUE_IN_PAST = (Kind.MISMATCH, *night.DUE_IN_PAST)
    WORDS_MISSING = (Kind.MISMATCH, *night.WORDS_MISSING)
    NIGHT_NOT_DONE = (Kind.CONFLICT, *night.NIGHT_NOT_DONE)
    REPORT_CHANGED = (Kind.CONFLICT, *night.REPORT_CHANGED)
    SIGNED_ALREADY = (Kind.CONFLICT, *night.SIGNED_ALREADY)
    SAME_SIGNER = (Kind.FORBIDDEN, *night.SAME_SIGNER)
    NOTE_NEEDED = (Kind.MISMATCH, *night.NOTE_NEEDED)
    UPLOAD_UNKNOWN = (Kind.UNKNOWN, *paper.UPLOAD_UNKNOWN)
    UPLOAD_CLOSED = (Kind.CONFLICT, *paper.UPLOAD_CLOSED)
    UPLOAD_DIFFERS = (Kind.MISMATCH, *paper.UPLOAD_DIFFERS)
    UPLOAD_INCOMPLETE = (Kind.CONFLICT, *paper.UPLOAD_INCOMPLETE)
    UPLOAD_HASH = (Kind.MISMATCH, *paper.UPLOAD_HASH)
    PART_UNKNOWN = (Kind.MISMATCH, *paper.PART_UNKNOWN)
    PART_SIZE = (Kind.MISMATCH, *paper.PART_SIZE)
    FILE_TOO_LARGE = (Kind.TOO_LARGE, *paper.FILE_TOO_LARGE)
    FILE_EMPTY = (Kind.MISMATCH, *paper.FILE_EMPTY)
    FILE_BROKEN = (Kind.MISMATCH, *paper.FILE_BROKEN)
    FILE_ENCRYPTED = (Kind.MISMATCH, *paper.FILE_ENCRYPTED)
    FILE_ACTIVE = (Kind.MISMATCH, *paper.FILE_ACTIVE)
    FILE_PIXELS = (Kind.MISMATCH, *paper.FILE_PIXELS)
    FILE_PAGES = (Kind.MISMATCH, *paper.FILE_PAGES)
    FILE_EXHAUSTED = (Kind.MISMATCH, *paper.FILE_EXHAUSTED)
    PAGES_DIFFER = (Kind.MISMATCH, *paper.PAGES_DIFFER)
    COVER_OF_OTHER = (Kind.MISMATCH, *paper.COVER_OF_OTHER)
    PAGE_UNKNOWN = (Kind.UNKNOWN, *paper.PAGE_UNKNOWN)
    PAGE_CHANGED = (Kind.CONFLICT, *paper.PAGE_CHANGED)
    PAGE_NOT_CURRENT = (Kind.CONFLICT, *paper.PAGE_NOT_CURRENT)
    PAGES_NOT_ALL = (Kind.MISMATCH, *paper.PAGES_NOT_ALL)
    NO_PAGES = (Kind.CONFLICT, *paper.NO_PAGES)
    PAGES_MOVED = (Kind.CONFLICT, *paper.PAGES_MOVED)
    FIELD_UNKNOWN = (Kind.UNKNOWN, *paper.FIELD_UNKNOWN)
    NOBODY_SIGNS = (Kind.CONFLICT, *paper.NOBODY_SIGNS)
    NOT_SIGNED = (Kind.OUTSIDE, *paper.NOT_SIGNED)
    ONLY_PDF_SIGNED = (Kind.MISMATCH, *paper.ONLY_PDF_SIGNED)
    DOCUMENT_SUPERSEDED = (Kind.CONFLICT, *paper.DOCUMENT_SUPERSEDED)
    ORIGINAL_GONE = (Kind.GONE, *paper.ORIGINAL_GONE)
    CONTENT_LOST = (Kind.GONE, *paper.CONTENT_LOST)
    FORM_UNKNOWN = (Kind.UNKNOWN, *paper.FORM_UNKNOWN)
    FORM_NOT_DUE = (Kind.CONFLICT, *paper.FORM_NOT_DUE)
    FORM_NOT_PRINTED = (Kind.UNKNOWN, *paper.FORM_NOT_PRINTED)
    BOOK_DAYS = (Kind.MISMATCH, *paper.BOOK_DAYS)
    LABELS_COUNT = (Kind.MISMATCH, *paper.LABELS_COUNT)
    REUSE_SOURCE_MISSING = (Kind.MISMATCH, *paper.REUSE_SOURCE_MISSING)
    PAPER_NOT_DIGITISED = (Kind.CONFLICT, *paper.PAPER_NOT_DIGITISED)
    REMARK_NEEDED = (Kind.MISMATCH, *paper.REMARK_NEEDED)
    REMARK_FOR_PAGES = (Kind.MISMATCH, *paper.REMARK_FOR_PAGES)
    PROOF_EVENT_UNKNOWN = (Kind.UNKNOWN, *paper.PROOF_EVENT_UNKNOWN)
    PROOF_NOT_YOURS = (Kind.FORBIDDEN, *paper.PROOF_NOT_YOURS)
    PROOF_DIFFERS = (Kind.CONFLICT, *paper.PROOF_DIFFERS)
    PROOF_EMPTY = (Kind.MISMATCH, *paper.PROOF_EMPTY)
    SIGNATURE_WRONG = (Kind.MISMATCH, *paper.SIGNATURE_WRONG)
    PROOF_UNKNOWN = (Kind.UNKNOWN, *paper.PROOF_UNKNOWN)
    PROOF_PHOTO = (Kind.MISMATCH, *paper.PROOF_PHOTO)
    # fmt: on

    def __init__(self, kind: Kind, vietnamese: str, english: str) -> None:
        self.kind = kind
        self.vietnamese = vietnamese
        self.english = english

    @property
    def slug(self) -> str:
        """The stable name of the reason on the wire, such as `dossier-unknown`."""
        return self.name.lower().replace("_", "-")
