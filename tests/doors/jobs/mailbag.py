"""A post that keeps its letters, for whoever tests what is sent and not how."""

from dataclasses import dataclass, field

from postal_bridge.reconciliation.letter_ports import Letter, PostRefused, PostUnavailable


@dataclass
class MailBag:
    """The letters that were taken, and what addresses answer.

    Attributes:
        answers: by address, a mail server's word: `452 …` for now, `550 …` for good.
    """

    letters: list[Letter] = field(default_factory=list)
    delivered: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    async def send(self, letter: Letter) -> None:
        said = {one: self.answers.get(one, "250 OK") for one in letter.to}
        if any(word.startswith("4") for word in said.values()):
            raise PostUnavailable(str(said))
        taken = [one for one, word in said.items() if word.startswith("2")]
        if taken:
            self.letters.append(letter)
            self.delivered += [(one, letter.identity) for one in taken]
        if len(taken) < len(letter.to):
            raise PostRefused(", ".join(one for one in letter.to if one not in taken))

    async def check(self) -> None:
        """Always well."""
