"""Every URL of pickups and rounds; `routes.py` has all others. Paths are below /api/v1."""

from postal_bridge.api import citizen_pickups, pickups, rounds, track
from postal_bridge.api.call import Route
from postal_bridge.identity import Role
from postal_bridge.journey import CLERKS, SUPERVISORS

FRONT = CLERKS | {Role.COURIER, Role.ADMIN}
OVERSEERS = SUPERVISORS | {Role.OFFICER}

# fmt: off
PICKUP_ROUTES = (
    Route("POST", "/pickups", pickups.create, roles=FRONT, body=pickups.NewPickup,
          out=pickups.PickupOut, status=201, creates=True, summary_vi="Hẹn thu gom, trả tại nhà",
          summary_en="Ask for a collection or a return at home", tag="pickups",
          example={"office": "BDT", "day": "2026-11-24", "half": "morning",
                   "name": "Nông Thị Hoa", "phone": "0912000123",
                   "address": "12/5 p. Tam Thanh, tp Lạng Sơn", "items": 2}),
    Route("GET", "/pickups", pickups.listed, roles=FRONT, query=pickups.PickupQuery,
          out=pickups.Page, summary_vi="Các lịch hẹn; doubtful=true: địa chỉ chờ xác định",
          summary_en="The requests; doubtful=true: whose place is in doubt", tag="pickups"),
    Route("GET", "/pickups/slots", pickups.slots, roles=FRONT, query=pickups.SlotsQuery,
          out=pickups.Slots, personal=False, summary_vi="Các buổi còn chỗ",
          summary_en="Half-days with room", tag="pickups"),
    Route("POST", "/pickups/slots", pickups.set_capacity, roles=SUPERVISORS,
          body=pickups.Capacity, out=pickups.Slots, creates=True, summary_vi="Đặt số chỗ của buổi",
          summary_en="Set a half-day's capacity", tag="pickups"),
    Route("GET", "/pickups/{number}", pickups.show, roles=FRONT, out=pickups.PickupOut,
          write=True, summary_vi="Một lịch hẹn và lịch sử", summary_en="A request with its history",
          tag="pickups"),
    Route("PATCH", "/pickups/{number}", pickups.change, roles=FRONT, body=pickups.PickupChange,
          out=pickups.PickupOut, summary_vi="Sửa lịch hẹn", summary_en="Change a request",
          tag="pickups"),
    Route("POST", "/pickups/{number}/place", pickups.settle, roles=FRONT, body=pickups.PlaceSaid,
          out=pickups.PickupOut, creates=True, summary_vi="Xác định địa chỉ; từ nay được ưu tiên",
          summary_en="Say where an address is, from now on", tag="pickups"),
    Route("POST", "/pickups/{number}/cancel", pickups.cancel, roles=FRONT, body=pickups.CalledOff,
          out=pickups.PickupOut, creates=True, summary_vi="Hủy lịch hẹn",
          summary_en="Call a request off", tag="pickups"),
    Route("POST", "/pickups/{number}/outcome", pickups.outcome, roles=FRONT,
          body=pickups.VisitOutcome, out=pickups.PickupOut, creates=True,
          summary_vi="Ghi kết quả tại nhà; không thành thì hẹn lần hai",
          summary_en="What became of a visit; one that failed is agreed again", tag="pickups"),
    Route("POST", "/track/{code}/pickups", citizen_pickups.wish, roles=None,
          body=citizen_pickups.CitizenWish, query=track.TrackQuery,
          out=citizen_pickups.CitizenPickup, summary_vi="Người dân tự hẹn, không cần tài khoản",
          summary_en="A citizen asks for a visit", tag="public",
          example={"office": "BDT", "day": "2026-11-24", "half": "morning"}),
    Route("POST", "/rounds", rounds.plan, roles=OVERSEERS, body=rounds.PlanWanted,
          out=rounds.RoundList, status=201, creates=True, own_transactions=True,
          summary_vi="Xếp tuyến cho một bưu cục, một ngày", summary_en="Plan an office's day",
          tag="rounds", example={"office": "BDT", "date": "2026-11-24"}),
    Route("GET", "/rounds", rounds.listed, roles=FRONT, query=rounds.RoundsQuery,
          out=rounds.RoundList, summary_vi="Các tuyến trong ngày",
          summary_en="The rounds of a day", tag="rounds"),
    Route("GET", "/rounds/{number}.pdf", rounds.paper, roles=FRONT, produces=rounds.PDF,
          write=True, summary_vi="Phiếu tuyến", summary_en="The round sheet", tag="rounds"),
    Route("GET", "/rounds/{number}.ics", rounds.calendar, roles=FRONT, produces=rounds.ICS,
          write=True, summary_vi="Tuyến trong lịch", summary_en="The round for a calendar",
          tag="rounds"),
    Route("GET", "/rounds/{number}.geojson", rounds.shape, roles=FRONT, produces=rounds.GEOJSON,
          write=True, summary_vi="Tuyến trên bản đồ", summary_en="The round for a map",
          tag="rounds"),
    Route("GET", "/rounds/{number}", rounds.show, roles=FRONT, out=rounds.RoundOut, write=True,
          summary_vi="Một tuyến và các điểm", summary_en="A round with its stops", tag="rounds"),
    Route("POST", "/rounds/{number}/departure", rounds.depart, roles=FRONT, out=rounds.RoundOut,
          creates=True, summary_vi="Xuất phát", summary_en="Leave the office", tag="rounds"),
    Route("POST", "/rounds/{number}/closing", rounds.close, roles=FRONT, body=rounds.CountSigned,
          out=rounds.RoundOut, creates=True, summary_vi="Đóng tuyến, ký số đếm",
          summary_en="Close a round and sign its count", tag="rounds"),
)
# fmt: on
