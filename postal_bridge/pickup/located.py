"""What was found out about an address, as it is kept beside it and shown to people."""

import json
from typing import Any

from postal_bridge.pickup.places import Band, Located


def clear_enough(found: Located) -> bool:
    """Whether somebody can be sent there."""
    return found.band is not Band.DOUBTFUL


def as_json(found: Located) -> str:
    """Candidates with their reasons in both languages."""
    return json.dumps(
        {
            "source": found.source,
            "band": found.band,
            "confidence": round(found.confidence, 3),
            "why": [[one.text("vi"), one.text("en")] for one in found.why],
            "candidates": [
                {
                    "ward_code": one.ward_code,
                    "ward": one.ward,
                    "province": one.province,
                    "latitude": one.location.lat,
                    "longitude": one.location.lon,
                    "within_metres": one.within_metres,
                    "confidence": round(one.confidence, 3),
                    "why": [[each.text("vi"), each.text("en")] for each in one.why],
                }
                for one in found.candidates
            ],
        },
        ensure_ascii=False,
    )


def doubt(located: str, language: str = "vi") -> str | None:
    """Why a place that somebody is sent to is not certain; none where it is."""
    told: dict[str, Any] = json.loads(located)
    if told.get("band") != Band.LIKELY:
        return None
    best = told["candidates"][0]["why"] if told["candidates"] else []
    said = [pair[language == "en"] for pair in [*told["why"], *best]]
    return " ".join(dict.fromkeys(said)) or None
