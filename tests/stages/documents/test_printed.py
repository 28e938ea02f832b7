"""Forms given out: the same again, a new issue where the facts changed, never a stand-in."""

from dataclasses import replace

from postal_bridge.documents.form_values import FormPage
from postal_bridge.documents.printed import Press, facts_hash
from postal_bridge.documents.records import Purpose
from postal_bridge.errors import Reason, Refusal
from tests.stages.documents.papers import Papers
from tests.stages.memory import LAN
from tests.stores import DOSSIER, NOW

PAGE = FormPage(title="Giấy tiếp nhận", made_at=NOW, number="1")


class Setter:
    """Sets no two forms alike: so it shows when one is set again."""

    def __init__(self) -> None:
        self.set = 0

    def __call__(self, page: FormPage) -> bytes:
        self.set += 1
        return f"{page.number} {self.set}".encode()


async def test_the_same_form_again_is_the_same_file_whatever_sets_it_now(papers: Papers) -> None:
    press = Press(house=papers.house, setting=Setter())
    first = await press.give("receipt", DOSSIER, PAGE, LAN)
    assert await press.give("receipt", DOSSIER, PAGE, LAN) == first == b"1 1"
    [kept] = await papers.work.printed_forms.about(DOSSIER)
    assert (kept.issue, kept.printed_by, kept.facts_sha256) == (1, "lan", facts_hash(PAGE))
    noted = await papers.work.contents.find(kept.sha256)
    assert noted is not None
    assert noted.purpose is Purpose.FORM


async def test_changed_facts_are_a_new_issue_and_so_are_facts_that_came_back(
    papers: Papers,
) -> None:
    press = Press(house=papers.house, setting=Setter())
    for number in ("1", "2", "1"):
        await press.give("receipt", DOSSIER, replace(PAGE, number=number), LAN)
    issues = await papers.work.printed_forms.issues("receipt", DOSSIER)
    assert [one.issue for one in issues] == [1, 2, 3]
    assert await press.again("receipt", DOSSIER, 2) == b"2 2"


async def test_an_issue_that_never_was_is_not_invented(papers: Papers) -> None:
    answer = await Press(house=papers.house, setting=Setter()).again("receipt", DOSSIER, 1)
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.FORM_NOT_PRINTED


async def test_a_form_that_the_vault_lost_is_not_replaced_by_another(papers: Papers) -> None:
    press = Press(house=papers.house, setting=Setter())
    await press.give("receipt", DOSSIER, PAGE, LAN)
    papers.vault.kept.clear()
    answer = await press.give("receipt", DOSSIER, PAGE, LAN)
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.CONTENT_LOST
