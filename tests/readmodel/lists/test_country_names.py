"""A country is found by its names in the languages of the site and its own, by short forms, and by its codes."""

import pytest

from registry.readmodel.lists.country_names import codes_called, text_of_country, text_of_names
from registry.readmodel.lists.search import words
from registry.vocabulary import jurisdictions
from registry.web.text.language import LANGUAGES

COUNTRIES = jurisdictions.jurisdictions()
CALLED = """
Danmark DK, Sverige SE, Suomi FI, Finland FI, Česko CZ, cesko CZ, Czechia CZ, Czech Republic CZ, Ελλάδα GR, ελλαδα GR,
EL GR, Hellas GR, Britain GB, Great Britain GB, England GB, UK GB, uk GB, gbr GB, USA US, US US, U.S.A. US, America US,
Kenya KE, 日本 JP, Nippon JP, Holland NL, Pays-Bas NL, Türkiye TR, Turkey TR, turkiye TR, Burma MM, Myanmar MM,
Ivory Coast CI, Cote d'Ivoire CI, Swaziland SZ, Eswatini SZ, Macedonia MK, Cape Verde CV, Cabo Verde CV, Korea KR,
South Korea KR, North Korea KP, Russia RU, Россия RU, Viet Nam VN, Schweiz CH, Suisse CH, Svizra CH, España ES,
Espanya ES, Éire IE,
Ireland IE, Deutschland DE, Allemagne DE, DEU DE, MTQ MQ, XKX XK, Kosovë XK, Trinidad and Tobago TT, Bosnia BA,
Saint Lucia LC, Palestine PS, Holy See VA, Hong Kong HK, Moldavia MD, 中国 CN, भारत IN,
Україна UA, المغرب MA, 대한민국 KR
"""


@pytest.mark.parametrize("line", " ".join(CALLED.split()).split(", "))
def test_a_name_or_code_is_that_of_one_country(line):
    name, _, code = line.rpartition(" ")
    assert codes_called(name, LANGUAGES) == {code}
    assert all(word in text_of_country(code, LANGUAGES) for word in words(name))


def test_what_is_no_name_of_a_country_is_none():
    for name in ("", "Narnia", "Kenia y Tanzania", "—"):
        assert codes_called(name, LANGUAGES) == frozenset()


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda country: country.code)
def test_every_country_is_found_by_all_that_it_is_called(country):
    names = {jurisdictions.country_name(country.code, language) for language in LANGUAGES}
    names |= {name.value for name in (*jurisdictions.own_names(country.code), *country.other_names)}
    names |= {*filter(None, (country.code, country.alpha3, *country.accepted, *country.hidden))}
    assert [name for name in names if codes_called(name, LANGUAGES) != {country.code}] == []


def test_every_country_of_iso_3166_has_a_code_of_three_letters_of_its_own():
    codes = [
        next(filter(None, (country.alpha3, *(name for name in country.hidden if len(name) == 3))), country.code)
        for country in COUNTRIES
        if country.code not in ("EU", "INT")
    ]
    assert len(set(codes)) == len(codes) == 250
    assert all(len(code) == 3 and code.isupper() for code in codes)


def test_offices_and_policies_are_found_by_names_that_are_no_words_of_laws():
    germany = text_of_names("DE", LANGUAGES)
    assert "deutschland" in germany
    assert "bundesrepublik" not in germany
    assert "est" not in text_of_names("EE", LANGUAGES).split()
    assert text_of_names("unknown", LANGUAGES) == ""
