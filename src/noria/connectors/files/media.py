"""The types of body that are taken as a table; what it really is, its first bytes say."""

from collections.abc import Sequence

from noria.kit.errors import Kind, Refusal, Text

CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PARQUET_TYPE = "application/vnd.apache.parquet"
TAKEN = (CSV_TYPE, XLSX_TYPE, PARQUET_TYPE)
ALSO_TAKEN = frozenset(
    {
        "text/plain",
        "text/tab-separated-values",
        "application/csv",
        "application/vnd.ms-excel",  # what Windows calls a CSV
        "application/x-parquet",
        "application/octet-stream",
    }
)


class NotATableType(Refusal):
    code = "not-a-table-type"
    kind = Kind.UNSUPPORTED
    says = Text(
        "A body of type {given} is not taken as a file here.",
        "Un corps {given} n'est pas accepté comme fichier ici.",
    )
    do = Text(
        "Send the bytes of the file, with Content-Type text/csv, or that of XLSX or Parquet.",
        "Envoyez les octets du fichier, avec Content-Type text/csv, ou celui de XLSX ou Parquet.",
    )


def check_type(given: str, also: Sequence[str] = ()) -> None:
    """Refuse a body whose Content-Type is no table's.

    Raises:
        NotATableType: it is neither one of ours nor of `also`.
    """
    media = given.partition(";")[0].strip().lower()
    if media not in {*TAKEN, *ALSO_TAKEN, *also}:
        raise NotATableType(given=given[:100] or "?")
