"""A contract for import-linter: a library is imported in its own room and nowhere else.

import-linter's own `protected` contract asks the same, but refuses to run while a room or a library
it names is not there yet. A house under construction needs the rule from its first day.
"""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from typing_extensions import override


class OneRoomContract(Contract):
    """Says who imports a library from outside that library's rooms, and where.

    Options: `libraries` are top-level names of packages that are not ours, `rooms` are modules or
    packages of ours that may import them, together with everything inside.
    """

    type_name = "one_room"

    libraries = fields.SetField(subfield=fields.StringField())
    rooms = fields.SetField(subfield=fields.StringField())

    @override
    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        rooms: Any = self.rooms
        libraries: Any = self.libraries
        strangers = [
            f"{importer} imports {library} (l.{detail['line_number']})"
            for library in sorted(libraries)
            if library in graph.modules
            for importer in sorted(graph.find_modules_that_directly_import(library))
            if not any(importer == room or importer.startswith(f"{room}.") for room in rooms)
            for detail in graph.get_import_details(importer=importer, imported=library)
        ]
        return ContractCheck(kept=not strangers, metadata={"strangers": strangers})

    @override
    def render_broken_contract(self, check: ContractCheck) -> None:
        for stranger in check.metadata["strangers"]:
            output.print_error(f"- {stranger}")
        rooms: Any = self.rooms
        output.print_error(f"  allowed: {', '.join(sorted(rooms))}")
