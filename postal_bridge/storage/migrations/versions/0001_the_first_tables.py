"""The first tables.

Revision: 0001
After:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "answered_request",
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("username", "key", name=op.f("pk_answered_request")),
    )
    op.create_table(
        "checklist_line",
        sa.Column("dossier_code", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("paper_name", sa.String(length=4000), nullable=False),
        sa.Column("originals_wanted", sa.Integer(), nullable=False),
        sa.Column("copies_wanted", sa.Integer(), nullable=False),
        sa.Column("originals_given", sa.Integer(), nullable=False),
        sa.Column("copies_given", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint(
            "province", "dossier_code", "position", name=op.f("pk_checklist_line")
        ),
    )
    op.create_table(
        "consignment",
        sa.Column("item_code", sa.String(length=60), nullable=False),
        sa.Column("dossier_code", sa.String(length=60), nullable=False),
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("consignee_name", sa.String(length=400), nullable=False),
        sa.Column("consignee_phone", sa.String(length=20), nullable=False),
        sa.Column("consignee_address", sa.String(length=400), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_by", sa.String(length=60), nullable=False),
        sa.Column("carrier_reference", sa.String(length=60), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("province", "number", name=op.f("pk_consignment")),
    )
    with op.batch_alter_table("consignment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_consignment_province_item_code"), ["province", "item_code"], unique=False
        )

    op.create_table(
        "counter",
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("province", "name", name=op.f("pk_counter")),
    )
    op.create_table(
        "custody_event",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("item_code", sa.String(length=60), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("custodian_kind", sa.String(length=40), nullable=True),
        sa.Column("custodian", sa.String(length=60), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=True),
        sa.Column("pouch", sa.String(length=60), nullable=True),
        sa.Column("handover", sa.String(length=60), nullable=True),
        sa.Column("consignment", sa.String(length=60), nullable=True),
        sa.Column("corrects", sa.Uuid(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("entry", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_custody_event")),
        sa.UniqueConstraint(
            "province",
            "event_id",
            "item_code",
            name=op.f("uq_custody_event_province_event_id_item_code"),
        ),
        sa.UniqueConstraint(
            "province", "item_code", "seq", name=op.f("uq_custody_event_province_item_code_seq")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("custody_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_custody_event_province_recorded_at"),
            ["province", "recorded_at"],
            unique=False,
        )

    op.create_table(
        "discrepancy",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("dossier_code", sa.String(length=60), nullable=False),
        sa.Column("ours", sa.String(length=400), nullable=True),
        sa.Column("theirs", sa.String(length=400), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("last_seen_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=True),
        sa.Column("explanation", sa.String(length=4000), nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("province", "id", name=op.f("pk_discrepancy")),
        sa.UniqueConstraint(
            "province",
            "kind",
            "dossier_code",
            name=op.f("uq_discrepancy_province_kind_dossier_code"),
        ),
    )
    with op.batch_alter_table("discrepancy", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_discrepancy_province_closed_on"), ["province", "closed_on"], unique=False
        )

    op.create_table(
        "document",
        sa.Column("dossier_code", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=400), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by", sa.String(length=60), nullable=False),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("province", "id", name=op.f("pk_document")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_document_province_dossier_code"),
            ["province", "dossier_code"],
            unique=False,
        )

    op.create_table(
        "dossier",
        sa.Column("procedure_code", sa.String(length=60), nullable=False),
        sa.Column("department", sa.String(length=60), nullable=False),
        sa.Column("applicant_name", sa.String(length=400), nullable=False),
        sa.Column("applicant_identity", sa.String(length=20), nullable=False),
        sa.Column("applicant_phone", sa.String(length=20), nullable=False),
        sa.Column("applicant_address", sa.String(length=400), nullable=False),
        sa.Column("applicant_ward", sa.String(length=400), nullable=True),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("return_mode", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.String(length=60), nullable=False),
        sa.Column("received_place", sa.String(length=60), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.String(length=4000), nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("province", "code", name=op.f("pk_dossier")),
    )
    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_dossier_province_department_status"),
            ["province", "department", "status"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_dossier_province_received_at"), ["province", "received_at"], unique=False
        )

    op.create_table(
        "fee_receipt",
        sa.Column("dossier_code", sa.String(length=60), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger(), nullable=False),
        sa.Column("exemption_basis", sa.String(length=400), nullable=True),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("collected_by", sa.String(length=60), nullable=False),
        sa.Column("collected_place", sa.String(length=60), nullable=False),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("province", "id", name=op.f("pk_fee_receipt")),
        sa.UniqueConstraint("province", "number", name=op.f("uq_fee_receipt_province_number")),
    )
    with op.batch_alter_table("fee_receipt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fee_receipt_province_dossier_code"),
            ["province", "dossier_code"],
            unique=False,
        )

    op.create_table(
        "handover",
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("giver", sa.String(length=60), nullable=False),
        sa.Column("receiver", sa.String(length=60), nullable=False),
        sa.Column("receiver_place", sa.String(length=60), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("given_count", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_count", sa.Integer(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seals_intact", sa.Boolean(), nullable=True),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("province", "number", name=op.f("pk_handover")),
    )
    op.create_table(
        "handover_line",
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("item_code", sa.String(length=60), nullable=False),
        sa.Column("pouch", sa.String(length=60), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("province", "number", "item_code", name=op.f("pk_handover_line")),
    )
    with op.batch_alter_table("handover_line", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_handover_line_province_item_code"),
            ["province", "item_code"],
            unique=False,
        )

    op.create_table(
        "inbox",
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=4000), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("topic", "key", name=op.f("uq_inbox_topic_key")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_inbox_done_at_not_before"), ["done_at", "not_before"], unique=False
        )

    op.create_table(
        "incident",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("handover", sa.String(length=60), nullable=True),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=60), nullable=True),
        sa.Column("explanation", sa.String(length=4000), nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("province", "id", name=op.f("pk_incident")),
        sa.UniqueConstraint("province", "key", name=op.f("uq_incident_province_key")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_province_code"), ["province", "code"], unique=False
        )

    op.create_table(
        "item",
        sa.Column("dossier_code", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=400), nullable=False),
        sa.Column("department", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("province", "code", name=op.f("pk_item")),
    )
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_item_province_dossier_code"), ["province", "dossier_code"], unique=False
        )

    op.create_table(
        "job_run",
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("slot", sa.String(length=60), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("job", "slot", name=op.f("pk_job_run")),
    )
    op.create_table(
        "ledger_day",
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("last_entry", sa.BigInteger(), nullable=False),
        sa.Column("previous_root", sa.String(length=64), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=200), nullable=False),
        sa.Column("public_key", sa.String(length=100), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("province", "day", name=op.f("pk_ledger_day")),
    )
    op.create_table(
        "look",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look")),
    )
    op.create_table(
        "manifest_line",
        sa.Column("pouch_code", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_code", sa.String(length=60), nullable=False),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint(
            "province", "pouch_code", "position", name=op.f("pk_manifest_line")
        ),
    )
    op.create_table(
        "night",
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("window_from", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ours", sa.Integer(), nullable=False),
        sa.Column("theirs", sa.Integer(), nullable=False),
        sa.Column("uncompared", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Integer(), nullable=False),
        sa.Column("open_cases", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("statistics", sa.String(), nullable=False),
        sa.Column("on_time_rule", sa.String(length=400), nullable=False),
        sa.Column("ledger_root", sa.String(length=64), nullable=True),
        sa.Column("error", sa.String(length=4000), nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("province", "day", name=op.f("pk_night")),
    )
    op.create_table(
        "outbox",
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=4000), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("topic", "key", name=op.f("uq_outbox_topic_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbox_done_at_not_before"), ["done_at", "not_before"], unique=False
        )

    op.create_table(
        "place",
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("parent", sa.String(length=60), nullable=True),
        sa.Column("department", sa.String(length=60), nullable=True),
        sa.Column("agency", sa.String(length=60), nullable=True),
        sa.Column("address", sa.String(length=400), nullable=True),
        sa.Column("ward", sa.String(length=400), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("province", "code", name=op.f("pk_place")),
    )
    op.create_table(
        "position",
        sa.Column("dossier_code", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("department", sa.String(length=60), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("custodian_kind", sa.String(length=40), nullable=False),
        sa.Column("custodian", sa.String(length=60), nullable=False),
        sa.Column("pouch", sa.String(length=60), nullable=True),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_event_id", sa.Uuid(), nullable=False),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.String(length=64), nullable=False),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("item_code", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("province", "item_code", name=op.f("pk_position")),
    )
    with op.batch_alter_table("position", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_position_province_direction_stage_department_since"),
            ["province", "direction", "stage", "department", "since"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_position_province_pouch"), ["province", "pouch"], unique=False
        )

    op.create_table(
        "pouch",
        sa.Column("origin", sa.String(length=60), nullable=False),
        sa.Column("destination", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("seal", sa.String(length=60), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=60), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_by", sa.String(length=60), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_by", sa.String(length=60), nullable=True),
        sa.Column("manifest_hash", sa.String(length=64), nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("province", "code", name=op.f("pk_pouch")),
        sa.UniqueConstraint("province", "seal", name=op.f("uq_pouch_province_seal")),
    )
    op.create_table(
        "procedure",
        sa.Column("name", sa.String(length=4000), nullable=False),
        sa.Column("field", sa.String(length=400), nullable=False),
        sa.Column("department", sa.String(length=60), nullable=False),
        sa.Column("time_limit_value", sa.Integer(), nullable=False),
        sa.Column("time_limit_unit", sa.String(length=40), nullable=False),
        sa.Column("late_cutoff", sa.Boolean(), nullable=False),
        sa.Column("fee_vnd", sa.BigInteger(), nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("province", "code", name=op.f("pk_procedure")),
    )
    op.create_table(
        "procedure_paper",
        sa.Column("procedure_code", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("paper_name", sa.String(length=4000), nullable=False),
        sa.Column("originals", sa.Integer(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("form_code", sa.String(length=60), nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint(
            "province", "procedure_code", "position", name=op.f("pk_procedure_paper")
        ),
    )
    op.create_table(
        "refused_request",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("username", sa.String(length=60), nullable=True),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.String(length=4000), nullable=False),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("body_bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_request")),
    )
    op.create_table(
        "refused_scan",
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("pouch", sa.String(length=60), nullable=True),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("province", "scan_id", name=op.f("pk_refused_scan")),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
    )
    op.create_table(
        "staff",
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("places", sa.String(length=4000), nullable=False),
        sa.Column("password_hash", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_staff")),
    )
    op.create_table(
        "supplement",
        sa.Column("dossier_code", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=4000), nullable=False),
        sa.Column("papers", sa.String(length=4000), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.String(length=60), nullable=False),
        sa.Column("promised_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=60), nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("province", "dossier_code", "number", name=op.f("pk_supplement")),
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table("supplement")
    op.drop_table("staff")
    op.drop_table("sign_in")
    op.drop_table("refused_scan")
    op.drop_table("refused_request")
    op.drop_table("procedure_paper")
    op.drop_table("procedure")
    op.drop_table("pouch")
    with op.batch_alter_table("position", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_position_province_pouch"))
        batch_op.drop_index(batch_op.f("ix_position_province_direction_stage_department_since"))

    op.drop_table("position")
    op.drop_table("place")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_done_at_not_before"))

    op.drop_table("outbox")
    op.drop_table("night")
    op.drop_table("manifest_line")
    op.drop_table("look")
    op.drop_table("ledger_day")
    op.drop_table("job_run")
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_province_dossier_code"))

    op.drop_table("item")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_province_code"))

    op.drop_table("incident")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbox_done_at_not_before"))

    op.drop_table("inbox")
    with op.batch_alter_table("handover_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handover_line_province_item_code"))

    op.drop_table("handover_line")
    op.drop_table("handover")
    with op.batch_alter_table("fee_receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fee_receipt_province_dossier_code"))

    op.drop_table("fee_receipt")
    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dossier_province_received_at"))
        batch_op.drop_index(batch_op.f("ix_dossier_province_department_status"))

    op.drop_table("dossier")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_document_province_dossier_code"))

    op.drop_table("document")
    with op.batch_alter_table("discrepancy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_discrepancy_province_closed_on"))

    op.drop_table("discrepancy")
    with op.batch_alter_table("custody_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_custody_event_province_recorded_at"))

    op.drop_table("custody_event")
    op.drop_table("counter")
    with op.batch_alter_table("consignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consignment_province_item_code"))

    op.drop_table("consignment")
    op.drop_table("checklist_line")
    op.drop_table("answered_request")
