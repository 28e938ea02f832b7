"""Plays the steps: each as the member of staff who does it, at its moment, over the web API."""

from collections import Counter
from collections.abc import Callable
from itertools import groupby
from typing import Any

from postal_bridge.clock import Clock, ReplayClock, day_bounds, local_day
from postal_bridge.demo.carrierside import CarrierSide
from postal_bridge.demo.client import Clients, NotTaken, Request
from postal_bridge.demo.otherside import OtherSide
from postal_bridge.demo.paper import draw_stack
from postal_bridge.demo.score import Score
from postal_bridge.demo.steps import Answered, Deed, Stack, Step

Progress = Callable[[int, int, str], None]
"""Steps done, steps in all, and the day that is played."""

_KEPT = ("code", "number")
"""Fields of answers that later steps ask for."""


class Conductor:
    """Plays a score, day by day; in the evening the one-stop's clerks enter what has changed."""

    def __init__(
        self,
        clients: Clients,
        other: OtherSide,
        clock: ReplayClock,
        *,
        carriers: CarrierSide,
        progress: Progress,
    ) -> None:
        self._clients = clients
        self._other = other
        self._carriers = carriers
        self._clock = clock
        self._progress = progress
        self._answers: dict[str, dict[str, str]] = {}
        self.done: Counter[Deed] = Counter()
        self.late_scans = 0
        self.repeated_scans = 0

    @property
    def clock(self) -> Clock:
        """The time in the replay."""
        return self._clock

    async def play(self, score: Score) -> None:
        """Play every step in order.

        Raises:
            NotAnswered: the service stayed away for too long.
            NotTaken: it refused a step, which is a defect of the demo or of the service.
        """
        played = 0
        for day, steps in groupby(score.steps, key=lambda step: local_day(step.at)):
            for step in steps:
                self._clock.advance_to(step.at)
                await self._play(step)
                played += 1
                self._progress(played, len(score.steps), f"{day:%d/%m/%Y}")
            evening = day_bounds(day)[1]
            await self._other.enter(score.dossiers, until=evening)
            await self._carriers.happen(score.dossiers, until=evening)

    async def _play(self, step: Step) -> None:
        body: object = (
            draw_stack(step.body.dossier, step.body.pages)
            if isinstance(step.body, Stack)
            else self._filled(step.body)
        )
        answer = await self._clients.send(
            step.actor,
            Request(
                method="POST",
                path="".join(str(self._filled(part)) for part in step.path),
                at=step.at,
                key=step.key if step.creates else None,
                body=body,
                query=dict(step.query) or None,
            ),
        )
        self.done[step.deed] += 1
        self._answers[step.key] = {name: answer[name] for name in _KEPT if name in answer}
        if "refused" in answer:
            self._note_scans(step, answer)

    def _note_scans(self, step: Step, answer: dict[str, Any]) -> None:
        if answer["refused"]:
            raise NotTaken(f"{step.key}: {answer['refused']}")
        self.late_scans += answer["late"]
        self.repeated_scans += answer["duplicates"]

    def _filled(self, value: object) -> object:
        """The same JSON with every number that the service gave out in its place."""
        if isinstance(value, Answered):
            return self._answers[value.key][value.field]
        if isinstance(value, dict):
            return {name: self._filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        return value
