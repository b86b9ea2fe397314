"""Every table of the core, and what makes the audit tables append-only."""

import sqlalchemy as sa
from alembic import op

revision = "core_0001"
down_revision = None
branch_labels = None
depends_on = None


AUDIT = ("audit_entry", "read_entry", "read_subject")
REFUSAL = "audit records are append-only"


def refuse_changes() -> None:
    """Have the database itself refuse to change an audit record."""
    if op.get_bind().dialect.name == "sqlite":
        for table in AUDIT:
            for verb in ("UPDATE", "DELETE"):
                body = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
                op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {body}")
        return
    function = f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    op.execute(f"CREATE OR REPLACE FUNCTION oln_append_only() RETURNS trigger LANGUAGE plpgsql AS {function}")
    for table in AUDIT:
        when = f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        op.execute(f"CREATE TRIGGER {table}_append_only {when} FOR EACH STATEMENT EXECUTE FUNCTION oln_append_only()")


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("chain", "sequence", name="uq_audit_sequence"),
    )
    op.create_index(op.f("ix_audit_entry_chain"), "audit_entry", ["chain"], unique=False)
    op.create_index(op.f("ix_audit_entry_user_id"), "audit_entry", ["user_id"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body_hash", sa.String(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("user_id", "key", name="uq_idempotency"),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("checklist", sa.JSON(), nullable=False),
        sa.Column("demo_seed", sa.Integer(), nullable=True),
        sa.Column("demo_day", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "organization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_sort", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("type_code", sa.String(), nullable=False),
        sa.Column("sector_code", sa.String(), nullable=False),
        sa.Column("identifier", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
    )
    op.create_index(op.f("ix_organization_commune_code"), "organization", ["commune_code"], unique=False)
    op.create_index(op.f("ix_organization_name_sort"), "organization", ["name_sort"], unique=False)
    op.create_table(
        "outbox_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failed_for", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_event")),
    )
    op.create_index("ix_outbox_due", "outbox_event", ["delivered_at", "created_at"], unique=False)
    op.create_table(
        "read_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("journal", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=True),
        sa.Column("document_hash", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_entry")),
        sa.UniqueConstraint("journal", "sequence", name="uq_read_sequence"),
    )
    op.create_index(op.f("ix_read_entry_user_id"), "read_entry", ["user_id"], unique=False)
    op.create_table(
        "region",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_sort", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("iso", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
        sa.UniqueConstraint("code", name=op.f("uq_region_code")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("issuer", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("issuer", "subject", name="uq_user_subject"),
        sa.UniqueConstraint("username", name=op.f("uq_user_account_username")),
    )
    op.create_table(
        "assignment",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("territory", sa.String(length=5), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("substitutes_id", sa.Uuid(), nullable=True),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["granted_by"], ["user_account.id"], name=op.f("fk_assignment_granted_by")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_assignment_organization_id")),
        sa.ForeignKeyConstraint(["revoked_by"], ["user_account.id"], name=op.f("fk_assignment_revoked_by")),
        sa.ForeignKeyConstraint(["substitutes_id"], ["user_account.id"], name=op.f("fk_assignment_substitutes_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_assignment_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index(op.f("ix_assignment_substitutes_id"), "assignment", ["substitutes_id"], unique=False)
    op.create_index(op.f("ix_assignment_territory"), "assignment", ["territory"], unique=False)
    op.create_index("ix_assignment_user", "assignment", ["user_id", "valid_from"], unique=False)
    op.create_table(
        "confidentiality_agreement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("text_hash", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_confidentiality_agreement_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confidentiality_agreement")),
        sa.UniqueConstraint("user_id", "text_version", name="uq_confidentiality"),
    )
    op.create_table(
        "extract",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("agreement", sa.String(), nullable=False),
        sa.Column("legal_basis", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("nature", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_inserted", sa.Integer(), nullable=False),
        sa.Column("rows_updated", sa.Integer(), nullable=False),
        sa.Column("rows_unchanged", sa.Integer(), nullable=False),
        sa.Column("rows_rejected", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["imported_by"], ["user_account.id"], name=op.f("fk_extract_imported_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extract")),
    )
    op.create_index("ix_extract_file", "extract", ["file_hash"], unique=False)
    op.create_table(
        "module_switch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("plugin", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["user_account.id"], name=op.f("fk_module_switch_changed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_module_switch")),
        sa.UniqueConstraint("commune_code", "plugin", name="uq_module_switch"),
    )
    op.create_index(op.f("ix_module_switch_commune_code"), "module_switch", ["commune_code"], unique=False)
    op.create_table(
        "nomina_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("score_source", sa.String(), nullable=False),
        sa.Column("score_version", sa.String(), nullable=True),
        sa.Column("rules_version", sa.String(), nullable=False),
        sa.Column("inputs_hash", sa.String(), nullable=False),
        sa.Column("list_hash", sa.String(), nullable=False),
        sa.Column("cut_on", sa.Date(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("excluded", sa.Integer(), nullable=False),
        sa.Column("notice", sa.String(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_name", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["published_by"], ["user_account.id"], name=op.f("fk_nomina_run_published_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomina_run")),
        sa.UniqueConstraint("commune_code", "period", "sequence", name="uq_nomina_run"),
    )
    op.create_index(op.f("ix_nomina_run_commune_code"), "nomina_run", ["commune_code"], unique=False)
    op.create_table(
        "province",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_sort", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_province_region_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_province")),
        sa.UniqueConstraint("code", name=op.f("uq_province_code")),
    )
    op.create_index(op.f("ix_province_region_id"), "province", ["region_id"], unique=False)
    op.create_table(
        "read_subject",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("nna_id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["read_entry.id"], name=op.f("fk_read_subject_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_subject")),
    )
    op.create_index(op.f("ix_read_subject_commune_code"), "read_subject", ["commune_code"], unique=False)
    op.create_index(op.f("ix_read_subject_entry_id"), "read_subject", ["entry_id"], unique=False)
    op.create_index("ix_read_subject_nna", "read_subject", ["nna_id", "at"], unique=False)
    op.create_table(
        "commune",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_sort", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("province_id", sa.Uuid(), nullable=False),
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(["province_id"], ["province.id"], name=op.f("fk_commune_province_id")),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_commune_region_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commune")),
        sa.UniqueConstraint("code", name=op.f("uq_commune_code")),
    )
    op.create_index(op.f("ix_commune_name_sort"), "commune", ["name_sort"], unique=False)
    op.create_index(op.f("ix_commune_province_id"), "commune", ["province_id"], unique=False)
    op.create_index(op.f("ix_commune_region_id"), "commune", ["region_id"], unique=False)
    op.create_table(
        "family",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("folio", sa.String(), nullable=False),
        sa.Column("source_key", sa.String(), nullable=True),
        sa.Column("notes", sa.String(), nullable=True),
        sa.Column("rsh_bracket", sa.Integer(), nullable=True),
        sa.Column("household_size", sa.Integer(), nullable=True),
        sa.Column("bedrooms", sa.Integer(), nullable=True),
        sa.Column("income_per_capita", sa.Integer(), nullable=True),
        sa.Column("head_schooling_years", sa.Integer(), nullable=True),
        sa.Column("tenure", sa.String(), nullable=True),
        sa.Column("urban", sa.Boolean(), nullable=True),
        sa.Column("housing_quality", sa.String(), nullable=True),
        sa.Column("single_head", sa.Boolean(), nullable=True),
        sa.Column("extract_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["extract_id"], ["extract.id"], name=op.f("fk_family_extract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family")),
        sa.UniqueConstraint("commune_code", "folio", name="uq_family_folio"),
        sa.UniqueConstraint("commune_code", "source_key", name="uq_family_source"),
    )
    op.create_index(op.f("ix_family_commune_code"), "family", ["commune_code"], unique=False)
    op.create_table(
        "relative",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("identifier_kind", sa.String(), nullable=False),
        sa.Column("identifier_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("identifier_index", sa.String(length=64), nullable=True),
        sa.Column("given_names", sa.String(), nullable=False),
        sa.Column("first_surname", sa.String(), nullable=False),
        sa.Column("second_surname", sa.String(), nullable=True),
        sa.Column("name_sort", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("death_date", sa.Date(), nullable=True),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("no_contact", sa.Boolean(), nullable=False),
        sa.Column("extract_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["extract_id"], ["extract.id"], name=op.f("fk_relative_extract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relative")),
    )
    op.create_index(op.f("ix_relative_commune_code"), "relative", ["commune_code"], unique=False)
    op.create_index(op.f("ix_relative_identifier_index"), "relative", ["identifier_index"], unique=False)
    op.create_table(
        "commune_alias",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_fold", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["commune_id"], ["commune.id"], name=op.f("fk_commune_alias_commune_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commune_alias")),
    )
    op.create_index(op.f("ix_commune_alias_commune_id"), "commune_alias", ["commune_id"], unique=False)
    op.create_index(op.f("ix_commune_alias_name_fold"), "commune_alias", ["name_fold"], unique=False)
    op.create_table(
        "nna",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("identifier_kind", sa.String(), nullable=False),
        sa.Column("identifier_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("identifier_index", sa.String(length=64), nullable=True),
        sa.Column("given_names", sa.String(), nullable=False),
        sa.Column("first_surname", sa.String(), nullable=False),
        sa.Column("second_surname", sa.String(), nullable=True),
        sa.Column("social_name", sa.String(), nullable=True),
        sa.Column("name_sort", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name_fold", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name_sound", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("expected_birth_date", sa.Date(), nullable=True),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("nationality", sa.String(), nullable=True),
        sa.Column("indigenous_people", sa.String(), nullable=True),
        sa.Column("has_disability", sa.Boolean(), nullable=True),
        sa.Column("protected_address", sa.Boolean(), nullable=False),
        sa.Column("no_contact", sa.Boolean(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=True),
        sa.Column("moved_to_id", sa.Uuid(), nullable=True),
        sa.Column("extract_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "birth_date IS NOT NULL OR expected_birth_date IS NOT NULL", name=op.f("ck_nna_born_or_expected")
        ),
        sa.ForeignKeyConstraint(["extract_id"], ["extract.id"], name=op.f("fk_nna_extract_id")),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], name=op.f("fk_nna_family_id")),
        sa.ForeignKeyConstraint(["moved_to_id"], ["nna.id"], name=op.f("fk_nna_moved_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nna")),
        sa.UniqueConstraint("commune_code", "identifier_index", name="uq_nna_identifier"),
    )
    op.create_index("ix_nna_commune_birth", "nna", ["commune_code", "birth_date"], unique=False)
    op.create_index(op.f("ix_nna_commune_code"), "nna", ["commune_code"], unique=False)
    op.create_index("ix_nna_commune_expected", "nna", ["commune_code", "expected_birth_date"], unique=False)
    op.create_index("ix_nna_commune_name", "nna", ["commune_code", "name_sort", "id"], unique=False)
    op.create_index("ix_nna_commune_sound", "nna", ["commune_code", "name_sound", "id"], unique=False)
    op.create_index(op.f("ix_nna_family_id"), "nna", ["family_id"], unique=False)
    op.create_table(
        "office_period",
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_id", sa.Uuid(), nullable=False),
        sa.Column("listed_in", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["commune_id"], ["commune.id"], name=op.f("fk_office_period_commune_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_period")),
    )
    op.create_index(op.f("ix_office_period_commune_id"), "office_period", ["commune_id"], unique=False)
    op.create_table(
        "access_grant",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nna_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("with_identity", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["nna_id"], ["nna.id"], name=op.f("fk_access_grant_nna_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_access_grant_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_grant")),
    )
    op.create_index(op.f("ix_access_grant_commune_code"), "access_grant", ["commune_code"], unique=False)
    op.create_index(op.f("ix_access_grant_nna_id"), "access_grant", ["nna_id"], unique=False)
    op.create_index(op.f("ix_access_grant_organization_id"), "access_grant", ["organization_id"], unique=False)
    op.create_table(
        "address",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nna_id", sa.Uuid(), nullable=False),
        sa.Column("located_in", sa.String(length=5), nullable=False),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("extract_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["extract_id"], ["extract.id"], name=op.f("fk_address_extract_id")),
        sa.ForeignKeyConstraint(["nna_id"], ["nna.id"], name=op.f("fk_address_nna_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
    )
    op.create_index(op.f("ix_address_commune_code"), "address", ["commune_code"], unique=False)
    op.create_index(op.f("ix_address_nna_id"), "address", ["nna_id"], unique=False)
    op.create_table(
        "alert_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nna_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("raised_by", sa.Uuid(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_on", sa.Date(), nullable=False),
        sa.Column("sector_code", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["nna_id"], ["nna.id"], name=op.f("fk_alert_report_nna_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_alert_report_organization_id")),
        sa.ForeignKeyConstraint(["raised_by"], ["user_account.id"], name=op.f("fk_alert_report_raised_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_report")),
    )
    op.create_index(op.f("ix_alert_report_commune_code"), "alert_report", ["commune_code"], unique=False)
    op.create_index(op.f("ix_alert_report_nna_id"), "alert_report", ["nna_id"], unique=False)
    op.create_index(op.f("ix_alert_report_organization_id"), "alert_report", ["organization_id"], unique=False)
    op.create_table(
        "attendance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("extract_id", sa.Uuid(), nullable=True),
        sa.Column("nna_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["extract_id"], ["extract.id"], name=op.f("fk_attendance_extract_id")),
        sa.ForeignKeyConstraint(["nna_id"], ["nna.id"], name=op.f("fk_attendance_nna_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint("nna_id", "period", name="uq_attendance_month"),
    )
    op.create_index(op.f("ix_attendance_commune_code"), "attendance", ["commune_code"], unique=False)
    op.create_index(op.f("ix_attendance_extract_id"), "attendance", ["extract_id"], unique=False)
    op.create_table(
        "contact",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nna_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("relationship", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("no_contact", sa.Boolean(), nullable=False),
        sa.Column("extract_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["extract_id"], ["extract.id"], name=op.f("fk_contact_extract_id")),
        sa.ForeignKeyConstraint(["nna_id"], ["nna.id"], name=op.f("fk_contact_nna_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index(op.f("ix_contact_commune_code"), "contact", ["commune_code"], unique=False)
    op.create_index(op.f("ix_contact_nna_id"), "contact", ["nna_id"], unique=False)
    op.create_table(
        "family_member",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("nna_id", sa.Uuid(), nullable=True),
        sa.Column("relative_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("main_carer", sa.Boolean(), nullable=False),
        sa.Column("lives_with", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(nna_id IS NULL) <> (relative_id IS NULL)", name=op.f("ck_family_member_one_person")),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], name=op.f("fk_family_member_family_id")),
        sa.ForeignKeyConstraint(["nna_id"], ["nna.id"], name=op.f("fk_family_member_nna_id")),
        sa.ForeignKeyConstraint(["relative_id"], ["relative.id"], name=op.f("fk_family_member_relative_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_member")),
    )
    op.create_index(op.f("ix_family_member_commune_code"), "family_member", ["commune_code"], unique=False)
    op.create_index("ix_family_member_family", "family_member", ["family_id", "valid_from"], unique=False)
    op.create_index(op.f("ix_family_member_nna_id"), "family_member", ["nna_id"], unique=False)
    op.create_index(op.f("ix_family_member_relative_id"), "family_member", ["relative_id"], unique=False)
    op.create_table(
        "health_registration",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nna_id", sa.Uuid(), nullable=False),
        sa.Column("insurance", sa.String(), nullable=True),
        sa.Column("centre", sa.String(), nullable=True),
        sa.Column("background", sa.String(), nullable=True),
        sa.Column("extract_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["extract_id"], ["extract.id"], name=op.f("fk_health_registration_extract_id")),
        sa.ForeignKeyConstraint(["nna_id"], ["nna.id"], name=op.f("fk_health_registration_nna_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_registration")),
    )
    op.create_index(op.f("ix_health_registration_commune_code"), "health_registration", ["commune_code"], unique=False)
    op.create_index(op.f("ix_health_registration_nna_id"), "health_registration", ["nna_id"], unique=False)
    op.create_table(
        "list_status",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("extract_id", sa.Uuid(), nullable=True),
        sa.Column("nna_id", sa.Uuid(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("effect", sa.String(), nullable=False),
        sa.Column("programme", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["extract_id"], ["extract.id"], name=op.f("fk_list_status_extract_id")),
        sa.ForeignKeyConstraint(["nna_id"], ["nna.id"], name=op.f("fk_list_status_nna_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_status")),
        sa.UniqueConstraint("nna_id", "reason_code", "valid_from", name="uq_list_status"),
    )
    op.create_index(op.f("ix_list_status_commune_code"), "list_status", ["commune_code"], unique=False)
    op.create_index(op.f("ix_list_status_extract_id"), "list_status", ["extract_id"], unique=False)
    op.create_index(op.f("ix_list_status_nna_id"), "list_status", ["nna_id"], unique=False)
    op.create_table(
        "nomina_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("nna_id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("family_position", sa.Integer(), nullable=False),
        sa.Column("within_capacity", sa.Boolean(), nullable=False),
        sa.Column("block", sa.String(), nullable=False),
        sa.Column("has_address", sa.Boolean(), nullable=False),
        sa.Column("last_priority", sa.Boolean(), nullable=False),
        sa.Column("territorial_alerts", sa.Integer(), nullable=False),
        sa.Column("has_chcc_alert", sa.Boolean(), nullable=False),
        sa.Column("chcc_alerts", sa.Integer(), nullable=False),
        sa.Column("percentile", sa.Float(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("score_low", sa.Float(), nullable=True),
        sa.Column("score_high", sa.Float(), nullable=True),
        sa.Column("deciding_key", sa.String(), nullable=False),
        sa.Column("deciding_reason", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], name=op.f("fk_nomina_entry_family_id")),
        sa.ForeignKeyConstraint(["nna_id"], ["nna.id"], name=op.f("fk_nomina_entry_nna_id")),
        sa.ForeignKeyConstraint(["run_id"], ["nomina_run.id"], name=op.f("fk_nomina_entry_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomina_entry")),
        sa.UniqueConstraint("run_id", "nna_id", name="uq_nomina_entry"),
    )
    op.create_index(op.f("ix_nomina_entry_commune_code"), "nomina_entry", ["commune_code"], unique=False)
    op.create_index(op.f("ix_nomina_entry_nna_id"), "nomina_entry", ["nna_id"], unique=False)
    op.create_index("ix_nomina_entry_position", "nomina_entry", ["run_id", "position", "id"], unique=False)
    op.create_table(
        "official_score",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("extract_id", sa.Uuid(), nullable=True),
        sa.Column("nna_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("percentile", sa.Float(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("instrument_version", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["extract_id"], ["extract.id"], name=op.f("fk_official_score_extract_id")),
        sa.ForeignKeyConstraint(["nna_id"], ["nna.id"], name=op.f("fk_official_score_nna_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_score")),
        sa.UniqueConstraint("nna_id", "period", "instrument_version", name="uq_official_score"),
    )
    op.create_index(op.f("ix_official_score_commune_code"), "official_score", ["commune_code"], unique=False)
    op.create_index(op.f("ix_official_score_extract_id"), "official_score", ["extract_id"], unique=False)
    op.create_index(op.f("ix_official_score_nna_id"), "official_score", ["nna_id"], unique=False)
    op.create_table(
        "relation",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_nna_id", sa.Uuid(), nullable=True),
        sa.Column("from_relative_id", sa.Uuid(), nullable=True),
        sa.Column("to_nna_id", sa.Uuid(), nullable=True),
        sa.Column("to_relative_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(from_nna_id IS NULL) <> (from_relative_id IS NULL)", name=op.f("ck_relation_from_one")),
        sa.CheckConstraint("(to_nna_id IS NULL) <> (to_relative_id IS NULL)", name=op.f("ck_relation_to_one")),
        sa.ForeignKeyConstraint(["from_nna_id"], ["nna.id"], name=op.f("fk_relation_from_nna_id")),
        sa.ForeignKeyConstraint(["from_relative_id"], ["relative.id"], name=op.f("fk_relation_from_relative_id")),
        sa.ForeignKeyConstraint(["to_nna_id"], ["nna.id"], name=op.f("fk_relation_to_nna_id")),
        sa.ForeignKeyConstraint(["to_relative_id"], ["relative.id"], name=op.f("fk_relation_to_relative_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relation")),
    )
    op.create_index(op.f("ix_relation_commune_code"), "relation", ["commune_code"], unique=False)
    op.create_index(op.f("ix_relation_from_nna_id"), "relation", ["from_nna_id"], unique=False)
    op.create_index(op.f("ix_relation_from_relative_id"), "relation", ["from_relative_id"], unique=False)
    op.create_index(op.f("ix_relation_to_nna_id"), "relation", ["to_nna_id"], unique=False)
    op.create_index(op.f("ix_relation_to_relative_id"), "relation", ["to_relative_id"], unique=False)
    op.create_table(
        "schooling",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nna_id", sa.Uuid(), nullable=False),
        sa.Column("school_code", sa.String(), nullable=True),
        sa.Column("school_name", sa.String(), nullable=True),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("grade", sa.String(), nullable=True),
        sa.Column("extract_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["extract_id"], ["extract.id"], name=op.f("fk_schooling_extract_id")),
        sa.ForeignKeyConstraint(["nna_id"], ["nna.id"], name=op.f("fk_schooling_nna_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schooling")),
    )
    op.create_index(op.f("ix_schooling_commune_code"), "schooling", ["commune_code"], unique=False)
    op.create_index(op.f("ix_schooling_nna_id"), "schooling", ["nna_id"], unique=False)
    op.create_table(
        "team_member",
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nna_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("duty", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["nna_id"], ["nna.id"], name=op.f("fk_team_member_nna_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_team_member_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_member")),
    )
    op.create_index(op.f("ix_team_member_commune_code"), "team_member", ["commune_code"], unique=False)
    op.create_index(op.f("ix_team_member_nna_id"), "team_member", ["nna_id"], unique=False)
    op.create_index("ix_team_member_user", "team_member", ["user_id", "nna_id"], unique=False)
    op.create_table(
        "alert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nna_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("type_code", sa.String(), nullable=False),
        sa.Column("type_version", sa.String(), nullable=False),
        sa.Column("data_class", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("observed_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("information", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decision_reason", sa.String(), nullable=True),
        sa.Column("decision_note", sa.String(), nullable=True),
        sa.Column("extract_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["user_account.id"], name=op.f("fk_alert_decided_by")),
        sa.ForeignKeyConstraint(["extract_id"], ["extract.id"], name=op.f("fk_alert_extract_id")),
        sa.ForeignKeyConstraint(["nna_id"], ["nna.id"], name=op.f("fk_alert_nna_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_alert_organization_id")),
        sa.ForeignKeyConstraint(["report_id"], ["alert_report.id"], name=op.f("fk_alert_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_commune_code"), "alert", ["commune_code"], unique=False)
    op.create_index("ix_alert_commune_state", "alert", ["commune_code", "state", "created_at", "id"], unique=False)
    op.create_index("ix_alert_nna", "alert", ["nna_id", "created_at", "id"], unique=False)
    op.create_index(op.f("ix_alert_organization_id"), "alert", ["organization_id"], unique=False)
    op.create_index(op.f("ix_alert_report_id"), "alert", ["report_id"], unique=False)
    op.create_table(
        "nomina_discard",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("nna_id", sa.Uuid(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("discarded_by", sa.Uuid(), nullable=True),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reverted_by", sa.Uuid(), nullable=True),
        sa.Column("reverted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revert_comment", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["discarded_by"], ["user_account.id"], name=op.f("fk_nomina_discard_discarded_by")),
        sa.ForeignKeyConstraint(["entry_id"], ["nomina_entry.id"], name=op.f("fk_nomina_discard_entry_id")),
        sa.ForeignKeyConstraint(["nna_id"], ["nna.id"], name=op.f("fk_nomina_discard_nna_id")),
        sa.ForeignKeyConstraint(["reverted_by"], ["user_account.id"], name=op.f("fk_nomina_discard_reverted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nomina_discard")),
    )
    op.create_index(op.f("ix_nomina_discard_commune_code"), "nomina_discard", ["commune_code"], unique=False)
    op.create_index(op.f("ix_nomina_discard_entry_id"), "nomina_discard", ["entry_id"], unique=False)
    op.create_index(op.f("ix_nomina_discard_nna_id"), "nomina_discard", ["nna_id"], unique=False)
    refuse_changes()


def downgrade() -> None:
    op.drop_index(op.f("ix_nomina_discard_nna_id"), table_name="nomina_discard")
    op.drop_index(op.f("ix_nomina_discard_entry_id"), table_name="nomina_discard")
    op.drop_index(op.f("ix_nomina_discard_commune_code"), table_name="nomina_discard")
    op.drop_table("nomina_discard")
    op.drop_index(op.f("ix_alert_report_id"), table_name="alert")
    op.drop_index(op.f("ix_alert_organization_id"), table_name="alert")
    op.drop_index("ix_alert_nna", table_name="alert")
    op.drop_index("ix_alert_commune_state", table_name="alert")
    op.drop_index(op.f("ix_alert_commune_code"), table_name="alert")
    op.drop_table("alert")
    op.drop_index("ix_team_member_user", table_name="team_member")
    op.drop_index(op.f("ix_team_member_nna_id"), table_name="team_member")
    op.drop_index(op.f("ix_team_member_commune_code"), table_name="team_member")
    op.drop_table("team_member")
    op.drop_index(op.f("ix_schooling_nna_id"), table_name="schooling")
    op.drop_index(op.f("ix_schooling_commune_code"), table_name="schooling")
    op.drop_table("schooling")
    op.drop_index(op.f("ix_relation_to_relative_id"), table_name="relation")
    op.drop_index(op.f("ix_relation_to_nna_id"), table_name="relation")
    op.drop_index(op.f("ix_relation_from_relative_id"), table_name="relation")
    op.drop_index(op.f("ix_relation_from_nna_id"), table_name="relation")
    op.drop_index(op.f("ix_relation_commune_code"), table_name="relation")
    op.drop_table("relation")
    op.drop_index(op.f("ix_official_score_nna_id"), table_name="official_score")
    op.drop_index(op.f("ix_official_score_extract_id"), table_name="official_score")
    op.drop_index(op.f("ix_official_score_commune_code"), table_name="official_score")
    op.drop_table("official_score")
    op.drop_index("ix_nomina_entry_position", table_name="nomina_entry")
    op.drop_index(op.f("ix_nomina_entry_nna_id"), table_name="nomina_entry")
    op.drop_index(op.f("ix_nomina_entry_commune_code"), table_name="nomina_entry")
    op.drop_table("nomina_entry")
    op.drop_index(op.f("ix_list_status_nna_id"), table_name="list_status")
    op.drop_index(op.f("ix_list_status_extract_id"), table_name="list_status")
    op.drop_index(op.f("ix_list_status_commune_code"), table_name="list_status")
    op.drop_table("list_status")
    op.drop_index(op.f("ix_health_registration_nna_id"), table_name="health_registration")
    op.drop_index(op.f("ix_health_registration_commune_code"), table_name="health_registration")
    op.drop_table("health_registration")
    op.drop_index(op.f("ix_family_member_relative_id"), table_name="family_member")
    op.drop_index(op.f("ix_family_member_nna_id"), table_name="family_member")
    op.drop_index("ix_family_member_family", table_name="family_member")
    op.drop_index(op.f("ix_family_member_commune_code"), table_name="family_member")
    op.drop_table("family_member")
    op.drop_index(op.f("ix_contact_nna_id"), table_name="contact")
    op.drop_index(op.f("ix_contact_commune_code"), table_name="contact")
    op.drop_table("contact")
    op.drop_index(op.f("ix_attendance_extract_id"), table_name="attendance")
    op.drop_index(op.f("ix_attendance_commune_code"), table_name="attendance")
    op.drop_table("attendance")
    op.drop_index(op.f("ix_alert_report_organization_id"), table_name="alert_report")
    op.drop_index(op.f("ix_alert_report_nna_id"), table_name="alert_report")
    op.drop_index(op.f("ix_alert_report_commune_code"), table_name="alert_report")
    op.drop_table("alert_report")
    op.drop_index(op.f("ix_address_nna_id"), table_name="address")
    op.drop_index(op.f("ix_address_commune_code"), table_name="address")
    op.drop_table("address")
    op.drop_index(op.f("ix_access_grant_organization_id"), table_name="access_grant")
    op.drop_index(op.f("ix_access_grant_nna_id"), table_name="access_grant")
    op.drop_index(op.f("ix_access_grant_commune_code"), table_name="access_grant")
    op.drop_table("access_grant")
    op.drop_index(op.f("ix_office_period_commune_id"), table_name="office_period")
    op.drop_table("office_period")
    op.drop_index(op.f("ix_nna_family_id"), table_name="nna")
    op.drop_index("ix_nna_commune_sound", table_name="nna")
    op.drop_index("ix_nna_commune_name", table_name="nna")
    op.drop_index("ix_nna_commune_expected", table_name="nna")
    op.drop_index(op.f("ix_nna_commune_code"), table_name="nna")
    op.drop_index("ix_nna_commune_birth", table_name="nna")
    op.drop_table("nna")
    op.drop_index(op.f("ix_commune_alias_name_fold"), table_name="commune_alias")
    op.drop_index(op.f("ix_commune_alias_commune_id"), table_name="commune_alias")
    op.drop_table("commune_alias")
    op.drop_index(op.f("ix_relative_identifier_index"), table_name="relative")
    op.drop_index(op.f("ix_relative_commune_code"), table_name="relative")
    op.drop_table("relative")
    op.drop_index(op.f("ix_family_commune_code"), table_name="family")
    op.drop_table("family")
    op.drop_index(op.f("ix_commune_region_id"), table_name="commune")
    op.drop_index(op.f("ix_commune_province_id"), table_name="commune")
    op.drop_index(op.f("ix_commune_name_sort"), table_name="commune")
    op.drop_table("commune")
    op.drop_index("ix_read_subject_nna", table_name="read_subject")
    op.drop_index(op.f("ix_read_subject_entry_id"), table_name="read_subject")
    op.drop_index(op.f("ix_read_subject_commune_code"), table_name="read_subject")
    op.drop_table("read_subject")
    op.drop_index(op.f("ix_province_region_id"), table_name="province")
    op.drop_table("province")
    op.drop_index(op.f("ix_nomina_run_commune_code"), table_name="nomina_run")
    op.drop_table("nomina_run")
    op.drop_index(op.f("ix_module_switch_commune_code"), table_name="module_switch")
    op.drop_table("module_switch")
    op.drop_index("ix_extract_file", table_name="extract")
    op.drop_table("extract")
    op.drop_table("confidentiality_agreement")
    op.drop_index("ix_assignment_user", table_name="assignment")
    op.drop_index(op.f("ix_assignment_territory"), table_name="assignment")
    op.drop_index(op.f("ix_assignment_substitutes_id"), table_name="assignment")
    op.drop_table("assignment")
    op.drop_table("user_account")
    op.drop_table("region")
    op.drop_index(op.f("ix_read_entry_user_id"), table_name="read_entry")
    op.drop_table("read_entry")
    op.drop_index("ix_outbox_due", table_name="outbox_event")
    op.drop_table("outbox_event")
    op.drop_index(op.f("ix_organization_name_sort"), table_name="organization")
    op.drop_index(op.f("ix_organization_commune_code"), table_name="organization")
    op.drop_table("organization")
    op.drop_table("lease")
    op.drop_table("installation")
    op.drop_table("idempotency_key")
    op.drop_table("audit_head")
    op.drop_index(op.f("ix_audit_entry_user_id"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_chain"), table_name="audit_entry")
    op.drop_table("audit_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS oln_append_only()")
