"""What the doctor looks at where papers are concerned: the vault's contents, the reader, the key."""

from postal_bridge.app import House
from postal_bridge.commands.checks import Check
from postal_bridge.digitising.reading import find_tesseract
from postal_bridge.documents.signing_ports import SigningFailed
from postal_bridge.sections import Settings

_MOST_SHOWN = 5
_HASH_SHOWN = 12


async def contents(house: House) -> Check:
    """Whether all that the sample found in the vault is what was put there."""
    async with house.storage.begin(write=False) as work:
        ill = await work.contents.ill(limit=_MOST_SHOWN + 1)
    shown = ", ".join(one.sha256[:_HASH_SHOWN] for one in ill[:_MOST_SHOWN])
    more = "…" if len(ill) > _MOST_SHOWN else ""
    return Check(
        "nội dung kho tệp / vault contents",
        well=not ill,
        detail=f"mất hoặc hỏng / lost or damaged: {shown}{more}" if ill else "không thiếu gì",
        mend="lấy lại tệp từ bản sao lưu, hoặc số hóa lại; xem sự cố loại nội dung đang mở",
    )


def reader(settings: Settings) -> Check:
    """Whether pages are read; without a reader all else works."""
    name, wanted = "đọc chữ / reader", settings.documents.reader
    if not wanted:
        return Check(name, well=True, detail="không dùng / switched off")
    found = find_tesseract(wanted)
    missing = f"chưa cài {wanted}: trang không có lớp chữ / not installed: pages get no text"
    return Check(name, well=True, detail=found or missing)


async def signing(house: House) -> list[Check]:
    """Whether the key that documents are signed with can be opened, where one is set."""
    signer, name = house.papers.signer, "khóa ký số / signing key"
    if signer is None:
        return []
    kind = house.settings.signing.kind
    try:
        await signer.check()
    except SigningFailed as error:
        mend = "kiểm tra [signing] key_file, password, hoặc pkcs11_module, pkcs11_token, pkcs11_pin"
        return [Check(name, well=False, detail=str(error), mend=mend)]
    return [Check(name, well=True, detail=kind)]
