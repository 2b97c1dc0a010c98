"""Lists in one cell: codes and languages, joined by any of the signs that teams write."""

from __future__ import annotations

import pytest

from agir_cli.domain.fields import FIELDS
from agir_cli.domain.values import Malformed
from agir_cli.domain.vocabulary import Channel, Priority
from tests.domain.making import READING

BOTH_CHANNELS = (Channel.MAIL, Channel.SMS)
BOTH_PRIORITIES = (Priority.RIGHTS_HOUSING, Priority.EMPLOYMENT_TRAINING)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        *(
            pytest.param("confirmation", text, BOTH_CHANNELS, id=repr(text))
            for text in (
                "mail+sms", "Mail / SMS", "Mail/SMS", "Mail ; SMS", "mail;sms", "Mail\nSMS",
                "SMS\r\nMail", "Mail\n\nSMS\n", "Mail et SMS", "MAIL ET SMS", "Mail\net SMS",
                "Mail & SMS", "Mail, SMS", "Mail | SMS", "- Mail\n- SMS",
            )
        ),
        *(
            pytest.param("priorites", text, BOTH_PRIORITIES, id=repr(text))
            for text in (
                "Logement / Emploi", "Logement/Emploi", "Droit-Logement\nEmploi-Formation",
                "Droit-Logement ; Emploi-Formation", "Droits et logement\nEmploi et formation",
                "Droit / Logement / Emploi / Formation",
            )
        ),
        pytest.param("priorites", "Emploi / Formation", BOTH_PRIORITIES[1:], id="une seule"),
        pytest.param("priorites", "Emploi et formation", BOTH_PRIORITIES[1:], id="un libellé"),
        *(
            pytest.param("langues", text, "prs,pus", id=repr(text))
            for text in (
                "dari\npachto", "dari\r\npachto", "dari / pachto", "dari/pachto", "dari;pachto",
                "dari et pachto", "Dari\n\nPachto", "dari & pachto", "dari | pachto",
                "dari\net pachto",
            )
        ),
    ],
)  # fmt: skip
def test_the_values_of_a_list_are_joined_by_usual_signs(
    name: str, text: str, value: object
) -> None:
    assert FIELDS[name].type.read(text, READING) == value


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        pytest.param("confirmation", "Mail / pigeon", "« pigeon » n'est pas admis", id="un mot"),
        pytest.param("confirmation", "Mail ou SMS", "n'est pas admis", id="l'un ou l'autre"),
        pytest.param("confirmation", "Mail\nSMS ?", "un signe en change le sens", id="un doute"),
        pytest.param("confirmation", "/", "aucune valeur", id="un signe seul"),
        pytest.param("priorites", "Logement et/ou Emploi", "n'est pas admis", id="et/ou"),
        pytest.param("langues", "dari\nklingon", "langue inconnue : klingon", id="une langue"),
        pytest.param("langues", "dari\nNR", "n'est pas connue", id="non renseigné dans une liste"),
        pytest.param("langues", "et", "langue inconnue : et", id="« et » peut être une langue"),
        pytest.param("langues", "/", "aucune langue", id="un signe seul, langues"),
    ],
)
def test_a_list_is_read_whole_or_refused(name: str, text: str, sentence: str) -> None:
    with pytest.raises(Malformed, match=sentence):
        FIELDS[name].type.read(text, READING)
