"""What is refused of documents."""

from noria.kit.errors import Kind, Refusal, Text


class SeveralLegs(Refusal):
    code = "several-legs"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "This document is for one leg, or for legs of one node.",
        "Ce document est pour une tâche, ou pour des tâches d'un seul site.",
    )
    do = Text(
        "Ask for each leg by itself; a list of picks names legs of one node.",
        "Demandez chaque tâche à part\u202f; une liste de préparation cite un seul site.",
    )


class SheetsMissing(Refusal):
    code = "documents-not-installed"
    kind = Kind.UNPROCESSABLE
    says = Text(
        "This installation cannot draw documents.",
        "Cette installation ne sait pas dessiner de documents.",
    )
    do = Text(
        "Install the extra “carriers”: noria[carriers].",
        "Installez l'extra «\u202fcarriers\u202f»\u202f: noria[carriers].",
    )


class DocumentNotThere(Refusal):
    code = "document-not-there"
    kind = Kind.CONFLICT
    says = Text(
        "The document {id} has no content: it is not made yet, could not be, or was erased.",
        "Le document {id} n'a pas de contenu\u202f: pas encore fait, impossible ou effacé.",
    )
    do = Text("Read GET /v1/documents/{id}.", "Lisez GET /v1/documents/{id}.")
