"""Every URL of the API, on one page. Paths are below /api/v1."""

from postal_bridge.api import (
    consignments,
    documents,
    dossiers,
    handovers,
    incidents,
    items,
    pouches,
    reconciliations,
    refusals,
    scans,
    sessions,
    statistics,
    track,
)
from postal_bridge.api.call import Route
from postal_bridge.documents.records import Document
from postal_bridge.dossiers.records import FeeReceipt, Item
from postal_bridge.identity import Role
from postal_bridge.journey import CLERKS, DEPARTMENTS, SUPERVISORS
from postal_bridge.sections import Settings
from postal_bridge.tracking.records import Consignment, Incident

EVERYBODY = frozenset(Role)
READERS = EVERYBODY - {Role.COURIER}
OVERSEERS = SUPERVISORS | {Role.OFFICER}
PACKERS = CLERKS | DEPARTMENTS
CARRIERS_DESK = CLERKS | {Role.COURIER}


def upload_limit(settings: Settings) -> int:
    """The largest file that is taken, in bytes."""
    return settings.documents.upload_limit_bytes


# fmt: off
SESSION_ROUTES = (
    Route("POST", "/sessions", sessions.sign_in, roles=None, body=sessions.Credentials,
          out=sessions.SignedIn, status=201, own_transactions=True, secret=True,
          summary_vi="Đăng nhập", summary_en="Sign in", tag="sessions",
          example={"username": "lan.nguyen", "password": "…", "device": "HH-07"}),
    Route("DELETE", "/sessions/current", sessions.sign_out, roles=EVERYBODY, status=204,
          summary_vi="Đăng xuất", summary_en="Sign out", tag="sessions"),
    Route("GET", "/me", sessions.me, roles=EVERYBODY, out=sessions.Me,
          summary_vi="Tôi là ai", summary_en="Who I am", tag="sessions"),
)

DOSSIER_ROUTES = (
    Route("POST", "/dossiers", dossiers.create, roles=CLERKS, body=dossiers.NewDossier,
          out=dossiers.DossierOut, status=201, creates=True,
          summary_vi="Tiếp nhận hồ sơ, hoặc từ chối kèm lý do",
          summary_en="Take a dossier in, or refuse it with reasons", tag="dossiers"),
    Route("GET", "/dossiers/{code}", dossiers.show, roles=READERS, out=dossiers.DossierOut,
          write=True, summary_vi="Toàn bộ hồ sơ", summary_en="The whole dossier", tag="dossiers"),
    Route("POST", "/dossiers/{code}/supplements", dossiers.ask_supplement, roles=DEPARTMENTS,
          body=dossiers.SupplementWanted, out=dossiers.SupplementOut, status=201, creates=True,
          summary_vi="Yêu cầu bổ sung giấy tờ", summary_en="Ask for missing papers",
          tag="dossiers"),
    Route("POST", "/dossiers/{code}/supplements/answer", dossiers.bring_supplement, roles=CLERKS,
          body=dossiers.SupplementBrought, out=dossiers.SupplementOut, status=201, creates=True,
          summary_vi="Nhận giấy tờ bổ sung", summary_en="Take the missing papers",
          tag="dossiers"),
    Route("POST", "/dossiers/{code}/results", dossiers.issue, roles=DEPARTMENTS,
          body=dossiers.NewResult, out=Item, status=201, creates=True,
          summary_vi="Ban hành kết quả", summary_en="Issue the result", tag="dossiers"),
    Route("POST", "/dossiers/{code}/fees", dossiers.collect, roles=CLERKS, body=dossiers.NewFee,
          out=FeeReceipt, status=201, creates=True,
          summary_vi="Thu phí, lệ phí hoặc ghi nhận miễn", summary_en="Take or waive a fee",
          tag="dossiers"),
    Route("POST", "/dossiers/{code}/return", dossiers.hand_to_citizen, roles=CLERKS,
          body=dossiers.ReturnAtDesk, out=dossiers.DossierOut, status=201, creates=True,
          summary_vi="Trả kết quả tại quầy", summary_en="Return the result at the desk",
          tag="dossiers"),
    Route("POST", "/dossiers/{code}/documents", documents.upload, roles=CLERKS,
          raw_limit_bytes=upload_limit, query=documents.UploadQuery, out=Document,
          status=201, creates=True, summary_vi="Đăng ký tệp số hóa",
          summary_en="Register a digitised file", tag="documents"),
    Route("GET", "/dossiers/{code}/documents", documents.listed, roles=READERS,
          out=documents.DocumentList, summary_vi="Các tệp số hóa", summary_en="The files",
          tag="documents"),
    Route("GET", "/dossiers/{code}/documents/{id}", documents.content, roles=READERS, write=True,
          produces="application/octet-stream", summary_vi="Nội dung tệp",
          summary_en="A file's content", tag="documents"),
)

CUSTODY_ROUTES = (
    Route("POST", "/scans", scans.ingest, roles=EVERYBODY, body=scans.ScanBatch,
          out=scans.ScanAnswer, summary_vi="Gửi các lần quét",
          summary_en="Send scans, in any order, as often as needed", tag="scans"),
    Route("GET", "/scans/refused", scans.refused, roles=OVERSEERS, query=scans.RefusedQuery,
          out=scans.RefusedScans, summary_vi="Các lần quét bị từ chối",
          summary_en="Scans that were refused", tag="scans"),
    Route("GET", "/requests/refused", refusals.listed, roles=SUPERVISORS,
          query=refusals.RefusedQuery, out=refusals.RefusedRequests,
          summary_vi="Các yêu cầu bị từ chối", summary_en="Requests that were refused",
          tag="scans"),
    Route("GET", "/items/{code:.+}", items.trace, roles=EVERYBODY, out=items.Trace,
          summary_vi="Hành trình của một bưu gửi", summary_en="Track and trace of an item",
          tag="items"),
    Route("GET", "/transfers", items.transfers, roles=EVERYBODY, query=items.TransferQuery,
          out=items.Transfers, summary_vi="Danh sách luân chuyển", summary_en="Transfers",
          tag="items"),
    Route("GET", "/transfers/summary", items.summary, roles=EVERYBODY, out=items.Summary,
          summary_vi="Tổng hợp luân chuyển", summary_en="Transfers, counted", tag="items"),
    Route("GET", "/transfers/outstanding", items.outstanding, roles=EVERYBODY,
          out=items.Transfers, summary_vi="Hồ sơ chưa về", summary_en="What is not home yet",
          tag="items"),
    Route("POST", "/pouches", pouches.create, roles=PACKERS, body=pouches.NewPouch,
          out=pouches.PouchOut, status=201, creates=True, summary_vi="Lập túi",
          summary_en="Make a pouch", tag="pouches"),
    Route("GET", "/pouches/{code}", pouches.show, roles=EVERYBODY, out=pouches.PouchOut,
          summary_vi="Túi và bảng kê", summary_en="A pouch and its manifest", tag="pouches"),
    Route("POST", "/pouches/{code}/seal", pouches.seal, roles=PACKERS, body=pouches.Sealing,
          out=pouches.PouchOut, status=201, creates=True, summary_vi="Niêm phong túi",
          summary_en="Seal a pouch", tag="pouches"),
    Route("POST", "/pouches/{code}/open", pouches.unseal, roles=PACKERS, body=pouches.Opening,
          out=pouches.PouchOut, status=201, creates=True,
          summary_vi="Mở túi ngoài giao nhận, có lý do",
          summary_en="Open a pouch outside a handover, with a reason", tag="pouches"),
    Route("POST", "/handovers", handovers.create, roles=EVERYBODY, body=handovers.NewHandover,
          out=handovers.HandoverOut, status=201, creates=True, summary_vi="Lập biên bản giao",
          summary_en="Offer papers", tag="handovers"),
    Route("GET", "/handovers/{number}", handovers.show, roles=EVERYBODY,
          out=handovers.HandoverOut, summary_vi="Biên bản giao nhận",
          summary_en="Minutes of a handover", tag="handovers"),
    Route("POST", "/handovers/{number}/acceptance", handovers.accept, roles=EVERYBODY,
          body=handovers.AcceptHandover, out=handovers.HandoverOut, status=201, creates=True,
          summary_vi="Ký nhận", summary_en="Accept papers", tag="handovers"),
    Route("POST", "/handovers/{number}/withdrawal", handovers.withdraw, roles=EVERYBODY,
          body=handovers.Withdrawal, out=handovers.HandoverOut, status=201, creates=True,
          summary_vi="Rút lại biên bản chưa ký nhận", summary_en="Withdraw an offer",
          tag="handovers"),
    Route("GET", "/incidents", incidents.listed, roles=EVERYBODY, query=incidents.IncidentQuery,
          out=incidents.Incidents, summary_vi="Các sự cố", summary_en="Incidents",
          tag="incidents"),
    Route("POST", "/incidents", incidents.report, roles=EVERYBODY, body=incidents.NewIncident,
          out=incidents.Incidents, status=201, creates=True,
          summary_vi="Báo mất hoặc tìm thấy", summary_en="Report lost or found",
          tag="incidents"),
    Route("POST", "/incidents/{id}/closing", incidents.close, roles=OVERSEERS,
          body=incidents.Explanation, out=Incident, status=201, creates=True,
          summary_vi="Đóng sự cố kèm giải trình", summary_en="Close an incident",
          tag="incidents"),
    Route("POST", "/consignments", consignments.create, roles=CARRIERS_DESK,
          body=consignments.NewConsignment, out=Consignment, status=201, creates=True,
          summary_vi="Gửi kết quả về nhà", summary_en="Send a result home",
          tag="consignments"),
    Route("POST", "/consignments/{number}/cancel", consignments.cancel, roles=CARRIERS_DESK,
          body=consignments.Cancellation, out=Consignment, status=201, creates=True,
          summary_vi="Hủy vận đơn", summary_en="Call a consignment off", tag="consignments"),
    Route("GET", "/carriers", consignments.carriers, roles=EVERYBODY, out=consignments.Carriers,
          summary_vi="Các đơn vị vận chuyển", summary_en="The carriers", tag="consignments"),
)

NIGHT_ROUTES = (
    Route("POST", "/reconciliations", reconciliations.run, roles=SUPERVISORS,
          body=reconciliations.RunNight, out=reconciliations.NightOut, status=201, creates=True,
          own_transactions=True, summary_vi="Đối soát một ngày", summary_en="Reconcile a date",
          tag="reconciliation"),
    Route("GET", "/reconciliations/{date}", reconciliations.show, roles=OVERSEERS,
          out=reconciliations.NightOut, summary_vi="Kết quả đối soát",
          summary_en="A reconciled date", tag="reconciliation"),
    Route("GET", "/discrepancies", reconciliations.discrepancies, roles=OVERSEERS,
          query=reconciliations.DiscrepancyQuery, out=reconciliations.Discrepancies,
          summary_vi="Các chênh lệch", summary_en="The cases", tag="reconciliation"),
    Route("PATCH", "/discrepancies/{id}", reconciliations.change, roles=OVERSEERS,
          body=reconciliations.CaseChange, out=reconciliations.DiscrepancyOut,
          summary_vi="Giao và giải trình chênh lệch", summary_en="Own and explain a case",
          tag="reconciliation"),
    Route("GET", "/statistics", statistics.month, roles=OVERSEERS | DEPARTMENTS,
          query=statistics.PeriodQuery, out=statistics.StatisticsOut,
          summary_vi="Bảng tổng hợp", summary_en="The month's table", tag="reconciliation"),
)

PUBLIC_ROUTES = (
    Route("GET", "/track/{code}", track.look_up, roles=None, query=track.TrackQuery,
          out=track.Tracked, summary_vi="Tra cứu công khai", summary_en="Public look-up",
          tag="public"),
)
# fmt: on

ROUTES: tuple[Route, ...] = (
    *SESSION_ROUTES,
    *DOSSIER_ROUTES,
    *CUSTODY_ROUTES,
    *NIGHT_ROUTES,
    *PUBLIC_ROUTES,
)
