"""agir: admissions and follow-up of the AGIR programme, from a terminal."""

__version__ = "0.1.0"
