"""What is said when a paper cannot be taken, arranged, signed or printed: Vietnamese and English."""

# fmt: off
UPLOAD_UNKNOWN = (
    "Không có lượt tải lên “{id}” cho hồ sơ này. Hãy bắt đầu lại.",
    "This dossier has no upload “{id}”. Begin it again.")
UPLOAD_CLOSED = (
    "Lượt tải lên “{id}” đã kết thúc ({state}). Hãy bắt đầu lượt mới.",
    "Upload “{id}” is over ({state}). Begin a new one.")
UPLOAD_DIFFERS = (
    "Mã tải lên “{id}” đã dùng cho tệp khác. Hãy bắt đầu lượt mới với mã mới.",
    "Upload id “{id}” was used for another file. Begin anew with a new id.")
UPLOAD_INCOMPLETE = (
    "Còn thiếu phần {missing} trong {parts} phần. Hãy gửi tiếp các phần này.",
    "Parts {missing} of {parts} are missing. Send these.")
UPLOAD_HASH = (
    "Tệp nhận được không khớp với tệp trên máy. Hãy gửi lại từ đầu; ảnh trên máy vẫn còn.",
    "What arrived is not the file on the device. Send all parts again; the device still has it.")
PART_UNKNOWN = (
    "Tệp có {parts} phần, không có phần số {number}.",
    "The file has {parts} parts, and no part {number}.")
PART_SIZE = (
    "Phần {number} phải có {expected} byte, nhận được {got}. Hãy gửi lại phần này.",
    "Part {number} must have {expected} bytes; {got} came. Send this part again.")
FILE_TOO_LARGE = (
    "Tệp lớn {size_bytes} byte, quá giới hạn {limit_bytes}. Hãy giảm độ phân giải hoặc chia nhỏ.",
    "The file has {size_bytes} bytes, over the limit of {limit_bytes}. Scan coarser, or split it.")
FILE_EMPTY = (
    "Tệp rỗng. Hãy chụp hoặc quét lại.",
    "The file is empty. Take the picture or scan again.")
FILE_BROKEN = (
    "Tệp hỏng, không đọc được hết. Hãy chụp hoặc quét lại.",
    "The file is broken and cannot be read to its end. Take it or scan it again.")
FILE_ENCRYPTED = (
    "Tệp PDF đặt mật khẩu hoặc bị khóa. Hãy nộp bản không khóa.",
    "The PDF is locked by a password. Hand in one that is not.")
FILE_ACTIVE = (
    "Tệp PDF có mã lệnh tự chạy, không được nhận. Hãy in ra rồi quét lại.",
    "The PDF holds a programme that would run; it is not taken. Print it and scan the print.")
FILE_PIXELS = (
    "Ảnh quá lớn ({found} điểm ảnh). Hãy chụp ở độ phân giải thấp hơn.",
    "The picture is too large ({found} pixels). Take it at a lower resolution.")
FILE_PAGES = (
    "Tệp có quá nhiều trang ({found}). Hãy chia thành nhiều tệp.",
    "The file has too many pages ({found}). Split it.")
FILE_EXHAUSTED = (
    "Không xử lý được tệp trong giới hạn bộ nhớ và thời gian. Hãy quét lại bằng máy khác.",
    "The file cannot be worked on within the limits of memory and time. Scan it another way.")
PAGES_DIFFER = (
    "Bạn đếm {declared} trang nhưng tệp có {pages}. Hãy đếm lại giấy hoặc quét lại.",
    "You counted {declared} pages and the file has {pages}. Count again, or scan again.")
COVER_OF_OTHER = (
    "Tờ bìa trong tệp là của hồ sơ “{found}”, không phải “{code}”. Hãy kiểm tra lại chồng giấy.",
    "The cover sheet in the file is of dossier “{found}”, not “{code}”. Check the stack of papers.")
PAGE_UNKNOWN = (
    "Hồ sơ không có trang “{id}”.",
    "The dossier has no page “{id}”.")
PAGE_CHANGED = (
    "Trang đã được người khác sửa (bản {version}). Hãy xem lại rồi làm tiếp.",
    "Somebody else has changed the page (version {version}). Look again, then go on.")
PAGE_NOT_CURRENT = (
    "Trang này đã bị thay hoặc bỏ, không sửa được. Hãy lấy lại trang trước.",
    "This page was replaced or taken out. Put it back first.")
PAGES_NOT_ALL = (
    "Danh sách phải có đủ các trang hiện có của thành phần; thiếu: {missing}. Hãy tải lại.",
    "The list must hold all pages of this component; missing: {missing}. Load it again.")
NO_PAGES = (
    "Thành phần số {position} chưa có trang nào để lập tài liệu. Hãy chụp hoặc quét trước.",
    "Component {position} has no page to make a document of. Photograph or scan it first.")
PAGES_MOVED = (
    "Trong khi lập tài liệu có người sửa trang. Hãy lập lại.",
    "Somebody changed the pages while the document was made. Make it again.")
FIELD_UNKNOWN = (
    "Hồ sơ không có trường “{id}” đã nhận dạng.",
    "Nothing called “{id}” was read in this dossier.")
NOBODY_SIGNS = (
    "Chưa cấu hình khóa ký số. Hãy báo quản trị điền mục [signing].",
    "No key to sign with is configured. Ask the operator to fill in [signing].")
NOT_SIGNED = (
    "Chưa ký được: {why}. Hãy kiểm tra khóa, thiết bị và dịch vụ dấu thời gian rồi ký lại.",
    "Not signed: {why}. Check the key, its token and the time stamp service, then sign again.")
ONLY_PDF_SIGNED = (
    "Chỉ ký được tệp PDF; tệp này là {media_type}. Hãy lập tài liệu PDF từ các trang trước.",
    "Only PDFs are signed; this is {media_type}. Make a PDF of its pages first.")
DOCUMENT_SUPERSEDED = (
    "Tài liệu này đã được thay bằng bản mới “{newer}”. Hãy mở bản mới.",
    "This document was replaced by a newer one, “{newer}”. Open that.")
ORIGINAL_GONE = (
    "Ảnh gốc đã hết hạn lưu và được xóa ngày {gone_on}.",
    "The original was kept for its time and removed on {gone_on}.")
CONTENT_LOST = (
    "Kho tệp không còn nội dung này hoặc nội dung đã hỏng; sự cố đã được ghi. Hãy báo quản trị.",
    "The vault has lost or damaged this content; an incident was noted. Tell the operator.")
FORM_UNKNOWN = (
    "Không có mẫu in “{form}”. Các mẫu: {known}.",
    "There is no form “{form}”. There are: {known}.")
FORM_NOT_DUE = (
    "Chưa có gì để in trên mẫu “{form}”: {why}",
    "There is nothing yet to print on form “{form}”: {why_en}")
FORM_NOT_PRINTED = (
    "Mẫu này mới in {issues} lần, không có lần {issue}.",
    "This form was issued {issues} times; there is no issue {issue}.")
BOOK_DAYS = (
    "Sổ theo dõi in từ 1 đến {most} ngày, ngày cuối không trước ngày đầu.",
    "The follow-up book is printed for 1 to {most} days, the last not before the first.")
LABELS_COUNT = (
    "Mỗi lần in từ 1 đến {most} nhãn; các mã cách nhau bằng dấu phẩy.",
    "From 1 to {most} labels are printed at once; put commas between the codes.")
REUSE_SOURCE_MISSING = (
    "Hãy ghi mã giấy tờ hoặc mã kết quả được tái sử dụng.",
    "Enter the code of the paper or result that is reused.")
PAPER_NOT_DIGITISED = (
    "Giấy tờ số {position} chưa số hóa nên chưa có gì để duyệt.",
    "Paper {position} is not digitised yet, so there is nothing to approve.")
REMARK_NEEDED = (
    "Không duyệt thì phải ghi lý do.",
    "A rejection needs its reason in words.")
REMARK_FOR_PAGES = (
    "Tệp có {pages} trang, giấy đếm được {counted} trang. Hãy ghi vì sao vẫn duyệt, hoặc số hóa lại.",
    "The files have {pages} pages, the paper {counted}. Say why it is approved, or digitise again.")
PROOF_EVENT_UNKNOWN = (
    "Chưa có lần phát hoặc trả “{event}” của “{code}”. Hãy gửi lần quét trước, rồi gửi bằng chứng.",
    "“{code}” has no delivery “{event}”. Send the scan first, then its proof.")
PROOF_NOT_YOURS = (
    "Lần phát này do “{actor}” thực hiện; chỉ người đó hoặc giám sát gửi được bằng chứng.",
    "This delivery was made by “{actor}”; only that person or a supervisor can prove it.")
PROOF_DIFFERS = (
    "Lần phát này đã có bằng chứng khác; bằng chứng không sửa được.",
    "This delivery has another proof already; a proof is never changed.")
PROOF_EMPTY = (
    "Cần chữ ký của người nhận hoặc ảnh lúc giao.",
    "A receiver's signature or a photograph is needed.")
SIGNATURE_WRONG = (
    "Chữ ký cần từ 1 đến {most} điểm, mỗi điểm gồm ngang, dọc, mili giây và nằm trong khung.",
    "A signature needs 1 to {most} points of across, down and milliseconds, inside its field.")
PROOF_UNKNOWN = (
    "Không có bằng chứng phát này.",
    "There is no such proof of delivery.")
PROOF_PHOTO = (
    "Ảnh gửi lên không phải ảnh đã báo trong bằng chứng, hoặc không phải tệp ảnh.",
    "The photograph is not the one that the proof names, or no picture at all.")
# fmt: on
