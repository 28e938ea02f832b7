"""What to do about a scan that was refused, for each reason there can be."""

from postal_bridge.errors import Reason

_NEVER = (
    (
        "Không thể áp dụng lại. Nếu sự việc có thật, hãy quét lại để có mã lần quét mới; "
        "sau đó bác bỏ lần quét này kèm giải trình."
    ),
    (
        "It can never be applied again. If it did happen, scan it anew, which makes a new scan id; "
        "then dismiss this one with an explanation."
    ),
)
_LOOK = (
    "Hỏi người đã quét và xem hành trình, rồi áp dụng lại hoặc bác bỏ kèm giải trình.",
    "Ask who scanned and look at the trace, then apply it again or dismiss it.",
)

ADVICE: dict[Reason, tuple[str, str]] = {
    Reason.ITEM_UNKNOWN: (
        (
            "Kiểm tra mã trên giấy. Nếu hồ sơ được tiếp nhận sau lần quét, hãy áp dụng lại; nếu đọc "
            "nhầm mã, hãy bác bỏ."
        ),
        (
            "Check the code on the paper. If the dossier was taken in after the scan, apply it again; "
            "if the code was misread, dismiss it."
        ),
    ),
    Reason.ACT_UNKNOWN: (
        "Thao tác này không có cho loại bưu gửi đó: hãy bác bỏ, và cập nhật ứng dụng trên máy.",
        "There is no such act for this kind of item: dismiss it, and update the device's app.",
    ),
    Reason.OTHER_PLACE: (
        (
            "Nếu người này thật sự làm việc tại đó, hãy phân công họ rồi áp dụng lại; nếu chọn nhầm "
            "nơi, hãy bác bỏ và quét lại."
        ),
        (
            "If the person does work there, assign them and apply it again; if the place was chosen "
            "by mistake, dismiss it and scan again."
        ),
    ),
    Reason.ROLE_NOT_ALLOWED: (
        "Việc này thuộc vai trò khác. Hãy để đúng người quét lại, rồi bác bỏ lần quét này.",
        "This is another role's work. Let the right person scan it, then dismiss this one.",
    ),
    Reason.SCAN_IN_FUTURE: (
        (
            "Chỉnh giờ trên máy. Khi thời điểm đó đã qua và đúng với thực tế, hãy áp dụng lại; nếu "
            "không, hãy bác bỏ và quét lại."
        ),
        (
            "Set the device's clock. Once that moment has passed and was true, apply it again; "
            "otherwise dismiss it and scan again."
        ),
    ),
    Reason.SCAN_ID_REUSED: _NEVER,
    Reason.SCAN_ID_NOT_V7: _NEVER,
    Reason.ITEM_IN_POUCH: (
        "Bưu gửi nằm trong túi đã niêm phong. Khi túi đã mở đúng thủ tục, hãy áp dụng lại.",
        "The item lies in a sealed pouch. Once the pouch has been opened duly, apply it again.",
    ),
    Reason.ITEM_CLOSED: (
        (
            "Hành trình đã kết thúc tại quầy. Nếu giấy tờ vẫn ở đây, hãy báo sự cố; nếu không, hãy "
            "bác bỏ."
        ),
        (
            "The journey ended at the desk. If the paper is still here, report an incident; "
            "otherwise dismiss it."
        ),
    ),
    Reason.HANDOVER_PENDING: (
        "Biên bản giao nhận còn chờ ký. Khi đã ký nhận hoặc rút lại, hãy áp dụng lại.",
        "A handover waits for its signature. Once accepted or withdrawn, apply it again.",
    ),
    Reason.POUCH_UNKNOWN: (
        "Kiểm tra mã trên túi. Nếu túi được lập sau lần quét, hãy áp dụng lại.",
        "Check the code on the pouch. If the pouch was made after the scan, apply it again.",
    ),
    Reason.POUCH_NOT_SEALED: (
        (
            "Niêm phong túi nếu chưa đi; túi đi mà chưa niêm phong là sự cố. Sau đó áp dụng lại hoặc "
            "bác bỏ."
        ),
        (
            "Seal the pouch if it has not left; an unsealed pouch underway is an incident. Then apply "
            "it again or dismiss it."
        ),
    ),
    Reason.POUCH_SEALED: (
        (
            "Túi đã niêm phong trước lần xếp này. Nếu giấy tờ không nằm trong túi, hãy bác bỏ và xếp "
            "vào túi khác."
        ),
        (
            "The pouch was sealed before this packing. If the paper is not inside, dismiss it and "
            "pack it into another pouch."
        ),
    ),
    Reason.POUCH_OPENED: (
        "Túi đã mở và không dùng lại. Hãy quét từng bưu gửi, rồi bác bỏ lần quét này.",
        "The pouch was opened and is not used again. Scan each item, then dismiss this scan.",
    ),
    Reason.CORRECTION_UNKNOWN: (
        (
            "Không có lần quét như vậy để đính chính. Hãy xem hành trình, đính chính đúng lần quét, "
            "rồi bác bỏ lần này."
        ),
        (
            "There is no such scan to correct. Look at the trace, correct the right one, then dismiss "
            "this one."
        ),
    ),
}


def advice_for(reason: Reason | None) -> tuple[str, str]:
    """What a supervisor can do, in Vietnamese and in English."""
    return ADVICE.get(reason, _LOOK) if reason else _LOOK
