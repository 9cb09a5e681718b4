"""The nouns of bulk files: sheets, columns, what is wrong with a line, what became of a file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from msgspec import Struct

from noria.kit.errors import Fault, Kind, Refusal, Text

FAULTS_KEPT = 1000
IMPORT_JOB, EXPORT_JOB = "files.import", "files.export"


class FileKind(Enum):
    """What a file that is brought in can hold."""

    CATALOG = "catalog"
    NETWORK = "network"
    ZONINGS = "zonings"
    TARIFFS = "tariffs"
    STOCK = "stock"
    ORDERS = "orders"
    KEEP_BACKS = "keep-backs"
    ASNS = "asns"
    MEASURES = "channel-measures"
    LOCATIONS = "locations"
    BOXES = "boxes"


class ExportKind(Enum):
    """What can be taken out. What can be brought in comes back in as it is, but for orders."""

    SKUS = "skus"
    NODES = "nodes"
    ZONINGS = "zonings"
    TARIFFS = "tariffs"
    STOCK = "stock"
    BALANCES = "balances"
    MOVEMENTS = "movements"
    ORDERS = "orders"
    KEEP_BACKS = "keep-backs"
    ASNS = "asns"
    MEASURES = "channel-measures"
    LOCATIONS = "locations"
    BOXES = "boxes"
    SERVICES = "services"
    LANES = "lanes"
    CHANNELS = "channels"
    EXCLUSIONS = "exclusions"
    ASSORTMENT = "assortment-rules"
    NETWORKS = "channel-networks"
    TERMS = "partner-terms"
    PURCHASES = "purchase-orders"
    TRANSFERS = "transfers"
    RECEIPTS = "receipts"
    PROMISES = "promises"


class Form(Enum):
    """How a file that is brought in is written."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


class ExportForm(Enum):
    """How a file that is taken out is written."""

    CSV = "csv"
    PARQUET = "parquet"


class CellType(Enum):
    """What a column holds, where a form of file has types."""

    TEXT = "text"
    WHOLE = "whole"
    AMOUNT = "amount"
    NUMBER = "number"
    FLAG = "flag"
    INSTANT = "instant"
    DAY = "day"


class ErrorCell(Struct, frozen=True):
    """A spreadsheet's formula that came to nothing, such as #N/A."""


Cell = Any
"""Text from a CSV; a number, a flag, a date or an ErrorCell from the other forms; "" is empty."""

Record = tuple[int, Sequence[Cell]]
"""A line number, as an editor shows it, and the cells of that line."""


class Sheet(Struct, frozen=True, kw_only=True):
    """A file that could be opened: its header, and the records under it, read as they are asked."""

    form: Form
    header: tuple[str, ...]
    header_line: int
    records: Iterator[Record]


class Shape(Struct, frozen=True, kw_only=True):
    """What a cell may hold: how it is read, in words, and what is written in its place."""

    read: Callable[[Cell], Any]
    allowed: Text
    write: Callable[[Any], Cell]
    type: CellType = CellType.TEXT


class Column(Struct, frozen=True, kw_only=True):
    """One column of a kind of file; `field` is what it fills in the struct that is built."""

    name: str
    field: str
    shape: Shape
    meaning: str
    example: str
    is_required: bool = False
    default: Any = None


class Spec(Struct, frozen=True, kw_only=True):
    """A kind of file: its columns, and those of them that name a line."""

    kind: FileKind
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    about: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


class Draft(Struct, frozen=True):
    """One line, read: a value for each field whose column the file has; if it is good, for all."""

    line: int
    values: Mapping[str, Any]
    is_good: bool


class Item(Struct, frozen=True):
    """What one or several lines say, ready to be written."""

    lines: tuple[int, ...]
    value: Any


class LineFault(Struct, frozen=True, kw_only=True):
    """One thing wrong with a line; `column` is empty if it is the line as a whole.

    Line 0 stands for the file as a whole.
    """

    line: int
    column: str
    code: str
    says: Text

    @property
    def pointer(self) -> str:
        if not self.line:
            return "file"
        return f"line {self.line}, column {self.column}" if self.column else f"line {self.line}"

    def told(self, language: str) -> Fault:
        """The fault as the API shows it."""
        says = self.says.fr if language == "fr" else self.says.en
        return Fault(self.pointer, says, self.code)


class Faults:
    """What is wrong with a file: the first thousand faults in full, and how many there are."""

    def __init__(self) -> None:
        self.kept: list[LineFault] = []
        self.count = 0
        self.lines: set[int] = set()

    def add(self, fault: LineFault) -> None:
        self.count += 1
        self.lines.add(fault.line)
        if len(self.kept) < FAULTS_KEPT:
            self.kept.append(fault)

    def sorted(self) -> tuple[LineFault, ...]:
        return tuple(sorted(self.kept, key=lambda fault: (fault.line, fault.column, fault.code)))


class StockLine(Struct, frozen=True, kw_only=True):
    """Sellable units that a file counts at a node; with no `counted_at`, now."""

    sku: str
    node: str
    quantity: int
    counted_at: datetime | None = None


class CellError(ValueError):
    """A cell that its shape cannot read: a code of `REASONS`, and what fills its sentence."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


REASONS: Mapping[str, Text] = {
    "missing": Text("This cell must not be empty.", "Cette cellule ne peut pas être vide."),
    "malformed": Text(
        "“{value}” cannot be read; allowed: {allowed_en}.",
        "«\u202f{value}\u202f» est illisible\u202f; permis\u202f: {allowed_fr}.",
    ),
    "out-of-range": Text(
        "{value} is out of range; allowed: {allowed_en}.",
        "{value} est hors limites\u202f; permis\u202f: {allowed_fr}.",
    ),
    "ambiguous-number": Text(
        "“{value}” could mean several numbers; write digits, and at most one point or comma "
        "before the decimals.",
        "«\u202f{value}\u202f» peut se lire de plusieurs façons\u202f; écrivez des chiffres, et un "
        "seul point ou une seule virgule avant les décimales.",
    ),
    "shortened-number": Text(
        "“{value}” was shortened by a spreadsheet; format the column as text, and save again.",
        "«\u202f{value}\u202f» a été abrégé par un tableur\u202f; mettez la colonne au format "
        "texte, puis enregistrez à nouveau.",
    ),
    "no-zone": Text(
        "“{value}” does not say its time zone; write it like 2026-11-27T09:30:00+01:00, as text.",
        "«\u202f{value}\u202f» ne dit pas son fuseau\u202f; écrivez 2026-11-27T09:30:00+01:00, "
        "au format texte.",
    ),
    "date-instead": Text(
        "The spreadsheet holds a date here ({value}); format the column as text, and retype it.",
        "Le tableur contient ici une date ({value})\u202f; mettez la colonne au format texte, puis "
        "saisissez à nouveau.",
    ),
    "error-cell": Text(
        "The formula in this cell ends in an error.", "La formule de cette cellule est en erreur."
    ),
    "bad-gtin": Text(
        "{value} is not a GTIN: its check digit should be {digit}.",
        "{value} n'est pas un GTIN\u202f: sa clé devrait être {digit}.",
    ),
    "too-many-columns": Text(
        "This line has {found} columns, the header {expected}; a cell that holds the separator "
        "has to be in double quotes.",
        "Cette ligne a {found} colonnes, l'en-tête {expected}\u202f; une cellule qui contient le "
        "séparateur doit être entre guillemets.",
    ),
    "too-few-columns": Text(
        "This line has {found} columns, the header {expected}.",
        "Cette ligne a {found} colonnes, l'en-tête {expected}.",
    ),
    "unknown-column": Text(
        "There is no column “{value}” here{hint_en}. Known: {known}.",
        "Il n'y a pas de colonne «\u202f{value}\u202f» ici{hint_fr}. Connues\u202f: {known}.",
    ),
    "unnamed-column": Text("Column {number} has no name.", "La colonne {number} n'a pas de nom."),
    "column-twice": Text(
        "The header names the column “{value}” twice.",
        "L'en-tête nomme deux fois la colonne «\u202f{value}\u202f».",
    ),
    "column-missing": Text(
        "The header lacks the column “{value}”.", "Il manque la colonne «\u202f{value}\u202f»."
    ),
    "given-twice": Text(
        "“{value}” is also on line {other}: which one counts?",
        "«\u202f{value}\u202f» est aussi à la ligne {other}\u202f: laquelle compte\u202f?",
    ),
    "differs-from": Text(
        "This says “{value}”, line {other} of the same order “{said}”.",
        "Ici «\u202f{value}\u202f», mais «\u202f{said}\u202f» à la ligne {other} de la même "
        "commande.",
    ),
    "differs-within": Text(
        "This says “{value}”, line {other} about the same thing “{said}”.",
        "Ici «\u202f{value}\u202f», mais «\u202f{said}\u202f» à la ligne {other} sur la même "
        "chose.",
    ),
    "unknown-zoning": Text(
        "There is no zoning “{value}”.", "Il n'y a pas de zonage «\u202f{value}\u202f»."
    ),
    "order-incomplete": Text(
        "Line {other} of the same order is faulty, and an order is taken whole.",
        "La ligne {other} de la même commande est fautive\u202f; une commande est prise entière.",
    ),
    "order-too-long": Text(
        "This order has more than {limit} lines.", "Cette commande dépasse {limit} lignes."
    ),
    "half-a-point": Text(
        "Give both latitude and longitude, or neither.",
        "Donnez latitude et longitude, ou aucune des deux.",
    ),
    "unknown-place": Text(
        "Where the postcode “{value}” lies is not known: give latitude and longitude.",
        "On ne sait pas où se trouve le code postal «\u202f{value}\u202f»\u202f: donnez latitude et"
        " longitude.",
    ),
    "unknown-sku": Text("There is no SKU “{value}”.", "Il n'y a pas de SKU «\u202f{value}\u202f»."),
    "unknown-node": Text(
        "There is no node “{value}”.", "Il n'y a pas de site «\u202f{value}\u202f»."
    ),
    "unknown-service": Text(
        "There is no service “{value}”.", "Il n'y a pas de service «\u202f{value}\u202f»."
    ),
    "unknown-channel": Text(
        "There is no channel “{value}”.", "Il n'y a pas de canal «\u202f{value}\u202f»."
    ),
    "out-of-reach": Text(
        "You have no say over the node “{value}”.",
        "Le site «\u202f{value}\u202f» n'est pas de votre ressort.",
    ),
}
"""Everything that can be wrong with a line; `docs/files.md` lists them."""

LONGEST_SHOWN = 60
QUOTED = frozenset({"value", "said"})
"""What a sentence quotes from the file."""


def fault(line: int, column: str, code: str, /, **details: object) -> LineFault:
    """A fault of that code, with its sentence filled in both languages."""
    shown = {name: shorten(value) if name in QUOTED else value for name, value in details.items()}
    reason = REASONS[code]
    says = Text(reason.filled("en", shown), reason.filled("fr", shown))
    return LineFault(line=line, column=column, code=code, says=says)


def refused(line: int, refusal: Refusal) -> LineFault:
    """What a room refused, as a fault of the line that asked for it."""
    says = Text(refusal.sentence("en"), refusal.sentence("fr"))
    return LineFault(line=line, column="", code=refusal.code, says=says)


def shorten(value: object) -> str:
    """A value as it may stand in a sentence: on one line, and not too long."""
    text = "".join(letter if letter.isprintable() else "\ufffd" for letter in str(value))
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


class FileUnreadable(Refusal):
    code = "file-unreadable"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "“{name}” cannot be opened: {reason_en}.",
        "«\u202f{name}\u202f» ne peut pas être ouvert\u202f: {reason_fr}.",
    )
    do = Text(
        "Send a CSV in UTF-8, an XLSX without password, or a Parquet file.",
        "Envoyez un CSV en UTF-8, un XLSX sans mot de passe, ou un fichier Parquet.",
    )


class FileEmpty(Refusal):
    code = "file-empty"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "“{name}” is empty: it has no header.",
        "«\u202f{name}\u202f» est vide\u202f: il n'a pas d'en-tête.",
    )
    do = Text(
        "Put the names of the columns on the first line.",
        "Mettez les noms des colonnes sur la première ligne.",
    )


class FileTooLarge(Refusal):
    code = "file-too-large"
    kind = Kind.TOO_LARGE
    says = Text(
        "“{name}” is too large: {found} {unit_en}, at most {limit}.",
        "«\u202f{name}\u202f» est trop grand\u202f: {found} {unit_fr}, au plus {limit}.",
    )
    do = Text("Split it, and send the parts.", "Découpez-le, puis envoyez les morceaux.")


class WrongEncoding(Refusal):
    code = "wrong-encoding"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "“{name}” is not {encoding}: the byte at position {position} does not fit{guess_en}.",
        "«\u202f{name}\u202f» n'est pas en {encoding}\u202f: l'octet en position {position} "
        "ne convient pas{guess_fr}.",
    )
    do = Text(
        "Save it as “CSV UTF-8” and send it again.",
        "Enregistrez-le au format «\u202fCSV UTF-8\u202f», puis renvoyez-le.",
    )


class ZeroBytes(Refusal):
    code = "zero-bytes"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "“{name}” holds a zero byte (position {position}): it is not a text file{guess_en}.",
        "«\u202f{name}\u202f» contient un octet nul (position {position})\u202f: "
        "ce n'est pas un fichier texte{guess_fr}.",
    )
    do = WrongEncoding.do


class WrongDelimiter(Refusal):
    code = "wrong-delimiter"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "The first line of “{name}” is a single column, “{seen}”: comma, semicolon, tab and | "
        "were tried{guess_en}.",
        "La première ligne de «\u202f{name}\u202f» n'est qu'une colonne, "
        "«\u202f{seen}\u202f»\u202f: virgule, point-virgule, tabulation et | "
        "ont été essayés{guess_fr}.",
    )
    do = Text(
        "Separate the columns by commas, and start with the header, without a title above it.",
        "Séparez les colonnes par des virgules, et commencez par l'en-tête, sans titre au-dessus.",
    )


class QuotesBroken(Refusal):
    code = "quotes-broken"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "In “{name}”, the line {line} has a double quote that does not fit: {reason}.",
        "Dans «\u202f{name}\u202f», la ligne {line} a un guillemet mal placé\u202f: {reason}.",
    )
    do = Text(
        "Close every quote, and double those inside a cell.",
        "Fermez chaque guillemet, et doublez ceux qui sont dans une cellule.",
    )


class SheetUnknown(Refusal):
    code = "sheet-unknown"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "The workbook has no sheet “{sheet}”; it has {known}.",
        "Le classeur n'a pas de feuille «\u202f{sheet}\u202f»\u202f; il a {known}.",
    )
    do = Text("Name one of them, or none for the first.", "Nommez l'une d'elles, ou aucune.")


class BrokenRule(Refusal):
    code = "broken-rule"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "The database refuses this: {rule}.", "La base de données refuse cela\u202f: {rule}."
    )
    do = Text("Correct the line, and send it again.", "Corrigez la ligne, puis renvoyez-la.")
