"""Every URL of printed forms; `routes.py` has all others. Paths are below /api/v1."""

from postal_bridge.api import forms, stickers
from postal_bridge.api.call import Route
from postal_bridge.api.paper_routes import READERS
from postal_bridge.identity import Role

# fmt: off
FORM_ROUTES = (
    Route("GET", "/dossiers/{code}/forms/{form}.pdf", forms.of_dossier, roles=READERS,
          query=forms.FormQuery, produces=forms.PDF, own_transactions=True,
          summary_vi="Mẫu in của hồ sơ", summary_en="A printed form of a dossier", tag="forms"),
    Route("GET", "/dossiers/{code}/forms", forms.listed, roles=READERS, out=forms.FormList,
          summary_vi="Các mẫu đã in", summary_en="Forms that were given out", tag="forms"),
    Route("GET", "/handovers/{number}.pdf", forms.of_handover, roles=frozenset(Role),
          query=forms.FormQuery, produces=forms.PDF, own_transactions=True,
          summary_vi="Bản in biên bản giao nhận", summary_en="Minutes of a handover, printed",
          tag="forms"),
    Route("GET", "/dossiers/book.pdf", forms.book, roles=READERS, query=forms.BookQuery,
          produces=forms.PDF, own_transactions=True,
          summary_vi="Sổ theo dõi hồ sơ", summary_en="The follow-up book of some days",
          tag="forms"),
    Route("GET", "/dossiers/{code}/cover-sheets.pdf", stickers.cover_sheets, roles=READERS,
          produces=forms.PDF, summary_vi="Tờ bìa cho từng giấy tờ",
          summary_en="Cover sheets, one for each paper", tag="forms"),
    Route("GET", "/labels.pdf", stickers.of_items, roles=frozenset(Role),
          query=stickers.LabelQuery, produces=forms.PDF,
          summary_vi="Nhãn bưu gửi", summary_en="Labels of items", tag="forms"),
    Route("GET", "/pouches/{code}/label.pdf", stickers.of_pouch, roles=frozenset(Role),
          query=stickers.PouchLabelQuery, produces=forms.PDF,
          summary_vi="Nhãn túi", summary_en="The label of a pouch", tag="forms"),
    Route("GET", "/pouches/{code}/manifest.pdf", forms.of_pouch, roles=frozenset(Role),
          query=forms.FormQuery, produces=forms.PDF, own_transactions=True,
          summary_vi="Bản in bảng kê túi", summary_en="A pouch's manifest, printed",
          tag="forms"),
)
# fmt: on
