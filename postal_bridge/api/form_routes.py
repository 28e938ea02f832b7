"""Every URL of printed forms; `routes.py` has all others. Paths are below /api/v1."""

from postal_bridge.api import forms
from postal_bridge.api.call import Route
from postal_bridge.identity import Role

READERS = frozenset(Role) - {Role.COURIER}

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
    Route("GET", "/pouches/{code}/manifest.pdf", forms.of_pouch, roles=frozenset(Role),
          query=forms.FormQuery, produces=forms.PDF, own_transactions=True,
          summary_vi="Bản in bảng kê túi", summary_en="A pouch's manifest, printed",
          tag="forms"),
)
# fmt: on
