"""Papers: uploads, pages with their history, what must be in the vault; documents know their
kind, printed forms their issues.

Revision: 0013
After: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_UNREAD = sa.text("state = 'current' AND words_sha256 IS NULL")


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    """Make the change."""
    _documents()
    _uploads()
    _pages()
    _contents()
    _fields()
    _forms()


def _documents() -> None:
    with op.batch_alter_table("document") as table:
        table.add_column(
            sa.Column("kind", sa.String(length=40), nullable=False, server_default="registered")
        )
        table.add_column(_text("pages", 200000, nullable=True))
        table.add_column(_text("made_from", 60, nullable=True))
        table.add_column(_text("superseded_by", 60, nullable=True))
    with op.batch_alter_table("document") as table:
        table.alter_column("kind", server_default=None)


def _uploads() -> None:
    op.create_table(
        "page_upload",
        _text("dossier_code", 60),
        _number("position"),
        _text("file_name", 400),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        _text("sha256", 64),
        sa.Column("part_bytes", sa.BigInteger(), nullable=False),
        sa.Column("find_edges", sa.Boolean(), nullable=False),
        _text("replaces", 60, nullable=True),
        _text("state", 40),
        sa.Column("begun_at", _MOMENT, nullable=False),
        _text("begun_by", 60),
        sa.Column("changed_at", _MOMENT, nullable=False),
        _text("reason", 60, nullable=True),
        _text("detail", 4000, nullable=True),
        _text("province", 10),
        _text("id", 60),
        sa.PrimaryKeyConstraint("province", "id", name="pk_page_upload"),
    )
    op.create_index(
        "ix_page_upload_province_state_changed_at",
        "page_upload",
        ["province", "state", "changed_at"],
    )
    op.create_table(
        "upload_part",
        _text("sha256", 64),
        sa.Column("came_at", _MOMENT, nullable=False),
        _text("province", 10),
        _text("upload_id", 60),
        _number("number"),
        sa.PrimaryKeyConstraint("province", "upload_id", "number", name="pk_upload_part"),
    )


def _pages() -> None:
    op.create_table(
        "page",
        _text("dossier_code", 60),
        _number("position"),
        _number("place"),
        _text("upload_id", 60),
        _text("file_name", 400),
        _number("file_index"),
        _text("source_sha256", 64),
        _text("source_type", 60),
        sa.Column("source_bytes", sa.BigInteger(), nullable=False),
        sa.Column("source_gone_at", _MOMENT, nullable=True),
        sa.Column("find_edges", sa.Boolean(), nullable=False),
        _text("image_sha256", 64),
        _text("image_type", 60),
        sa.Column("image_bytes", sa.BigInteger(), nullable=False),
        _number("width_px"),
        _number("height_px"),
        _number("dots_per_inch"),
        _text("tone", 40),
        _number("turn"),
        sa.Column("sharpness", sa.Float(), nullable=False),
        sa.Column("ink", sa.Float(), nullable=False),
        _text("flags", 400),
        _text("codes", 4000),
        _text("words_sha256", 64, nullable=True),
        _text("layer_sha256", 64, nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        _text("state", 40),
        _text("replaces", 60, nullable=True),
        _number("version"),
        sa.Column("added_at", _MOMENT, nullable=False),
        _text("added_by", 60),
        _text("province", 10),
        _text("id", 60),
        sa.PrimaryKeyConstraint("province", "id", name="pk_page"),
    )
    op.create_index("ix_page_province_dossier_code", "page", ["province", "dossier_code"])
    op.create_index("ix_page_province_upload_id", "page", ["province", "upload_id"])
    op.create_index("ix_page_province_source_sha256", "page", ["province", "source_sha256"])
    op.create_index(
        "ix_page_unread",
        "page",
        ["province", "added_at"],
        postgresql_where=_UNREAD,
        sqlite_where=_UNREAD,
    )
    op.create_table(
        "page_change",
        _text("page_id", 60),
        _text("dossier_code", 60),
        _text("deed", 40),
        sa.Column("at", _MOMENT, nullable=False),
        _text("by", 60),
        _text("before", 4000),
        _text("after", 4000),
        _text("province", 10),
        _text("id", 60),
        sa.PrimaryKeyConstraint("province", "id", name="pk_page_change"),
    )
    op.create_index(
        "ix_page_change_province_page_id_id", "page_change", ["province", "page_id", "id"]
    )


def _contents() -> None:
    op.create_table(
        "vault_content",
        _text("purpose", 40),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("kept_at", _MOMENT, nullable=False),
        sa.Column("checked_at", _MOMENT, nullable=True),
        _text("state", 40),
        _text("province", 10),
        _text("sha256", 64),
        sa.PrimaryKeyConstraint("province", "sha256", name="pk_vault_content"),
    )
    op.create_index(
        "ix_vault_content_province_purpose_kept_at",
        "vault_content",
        ["province", "purpose", "kept_at"],
    )
    op.create_index(
        "ix_vault_content_province_checked_at", "vault_content", ["province", "checked_at"]
    )


def _fields() -> None:
    op.create_table(
        "extracted_field",
        _text("dossier_code", 60),
        _text("page_id", 60),
        _text("name", 60),
        _text("value", 400),
        sa.Column("confidence", sa.Float(), nullable=False),
        _number("left"),
        _number("top"),
        _number("width"),
        _number("height"),
        _text("state", 40),
        sa.Column("found_at", _MOMENT, nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=True),
        _text("decided_by", 60, nullable=True),
        _text("decided_value", 400, nullable=True),
        _text("province", 10),
        _text("id", 60),
        sa.PrimaryKeyConstraint("province", "id", name="pk_extracted_field"),
        sa.UniqueConstraint(
            "province", "page_id", "name", name="uq_extracted_field_province_page_id_name"
        ),
    )
    op.create_index(
        "ix_extracted_field_province_dossier_code", "extracted_field", ["province", "dossier_code"]
    )


def _forms() -> None:
    op.create_table(
        "printed_form",
        _text("form", 40),
        _text("subject", 60),
        _number("issue"),
        _text("facts_sha256", 64),
        _text("sha256", 64),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("printed_at", _MOMENT, nullable=False),
        _text("printed_by", 60),
        _text("province", 10),
        sa.PrimaryKeyConstraint("province", "subject", "form", "issue", name="pk_printed_form"),
    )


def downgrade() -> None:
    """Undo the change."""
    for name in (
        "printed_form",
        "extracted_field",
        "vault_content",
        "page_change",
        "page",
        "upload_part",
        "page_upload",
    ):
        op.drop_table(name)
    with op.batch_alter_table("document") as table:
        for name in ("superseded_by", "made_from", "pages", "kind"):
            table.drop_column(name)
