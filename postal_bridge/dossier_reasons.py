"""Why something about a dossier is refused: Vietnamese and English sentences of `reasons.py`."""

# fmt: off
DOSSIER_UNKNOWN = (
    "Không có hồ sơ “{code}” trong hệ thống. Hãy kiểm tra mã trên giấy tiếp nhận.",
    "There is no dossier “{code}”. Check the code on the receipt.")
DOSSIER_EXISTS = (
    "Hồ sơ “{code}” đã được tiếp nhận lúc {received_at}. Không tiếp nhận lần thứ hai.",
    "Dossier “{code}” was received at {received_at} already. It is not received twice.")
DOSSIER_WRONG_STATUS = (
    "Hồ sơ “{code}” đang ở trạng thái “{status}”, không thể “{act}”.",
    "Dossier “{code}” is in status “{status}”; “{act}” is not possible.")
OTHER_DEPARTMENT = (
    "Hồ sơ “{code}” thuộc thẩm quyền của “{department}”, không phải của “{place}”.",
    "Dossier “{code}” is decided by “{department}”, not by “{place}”.")
PROCEDURE_UNKNOWN = (
    "Không có thủ tục “{code}” trong danh mục. Hãy chọn thủ tục từ danh mục của tỉnh.",
    "There is no procedure “{code}” in the catalogue. Choose one from the province's list.")
AGENCY_MISSING = (
    "Đơn vị “{department}” chưa có mã định danh, không tự cấp mã hồ sơ được. Hãy nhập mã do hệ thống một cửa cấp.",
    "“{department}” has no agency code, so no dossier code can be made. Enter the code that the one-stop system gave.")
PAPERS_MISSING = (
    "Hồ sơ chưa đủ giấy tờ: {papers}. Hãy bổ sung, hoặc từ chối tiếp nhận kèm lý do.",
    "Papers are missing: {papers}. Complete them, or refuse the dossier with reasons.")
RESULT_EXISTS = (
    "Hồ sơ “{code}” đã có kết quả “{item}”.",
    "Dossier “{code}” already has the result “{item}”.")
SUPPLEMENT_OPEN = (
    "Hồ sơ “{code}” đang chờ bổ sung theo yêu cầu số {number}.",
    "Dossier “{code}” is waiting for supplement request no. {number}.")
SUPPLEMENT_NOT_OPEN = (
    "Hồ sơ “{code}” không có yêu cầu bổ sung nào đang chờ.",
    "Dossier “{code}” has no open supplement request.")
PROMISE_NOT_LATER = (
    "Ngày hẹn mới phải sau hiện tại và sau lần hẹn trước ({promised}).",
    "The new day must lie after now and after the day promised before ({promised}).")
PROMISE_MISSING = (
    "Hồ sơ “{code}” không có ngày hẹn trả nên không có gì để hẹn lại.",
    "Dossier “{code}” has no promised day, so there is none to move.")
# fmt: on
