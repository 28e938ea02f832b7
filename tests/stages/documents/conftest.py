"""The house that takes papers, for every test of this room."""

from tests.stages.documents.papers import papers

__all__ = ["papers"]
