"""The forms in which a night's report is handed out."""

from postal_bridge.printing.pdf import night_report_pdf
from postal_bridge.printing.xlsx import night_report_xlsx
from postal_bridge.reconciliation.letter_ports import Form
from postal_bridge.reconciliation.report import as_json

PDF = Form(suffix="pdf", media_type="application/pdf", make=night_report_pdf)
XLSX = Form(
    suffix="xlsx",
    media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    make=night_report_xlsx,
)
JSON = Form(suffix="json", media_type="application/json", make=as_json)

FORMS = {form.suffix: form for form in (JSON, PDF, XLSX)}
"""All of them, by the word with which one asks for them."""
PRINTED = (PDF, XLSX)
"""What is kept beside the report itself and attached to letters."""
