"""Bytes to rows and rows to bytes: dialects, encodings, spreadsheets, rejects.

Knows no SQLite, no Typer and no meaning of a field: column names and alias tables are arguments.
"""
