"""What all templates know: the words, signs and links of the pages, as variables, functions and filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from registry.readmodel.questions.questions import questions
from registry.vocabulary import concepts as vocabulary
from registry.vocabulary import jurisdictions
from registry.web import request_context
from registry.web.pictures.cell_looks import LOOKS, is_hollow
from registry.web.text.cell_words import (
    apart,
    below,
    beside,
    cell_name,
    cell_words,
    is_of_parts,
    qualifiers,
    reservation,
    seen,
    tab,
)
from registry.web.text.language import alternates, language, named, sentence, to
from registry.web.text.links import href
from registry.web.text.wording import (
    as_written,
    chosen,
    complain,
    concept_name,
    concepts,
    day,
    definition,
    glyph,
    is_assumed,
    label,
    other_language,
    property_name,
    region,
    shorten,
    state_on,
    tail,
    told,
    told_step,
    word,
)


def _globals() -> dict[str, Any]:
    return {
        "_": sentence,
        "translated": sentence,
        "to": to,
        "lang": language(),
        "named": named(),
        "alternates": alternates,
        "site_title": request_context.settings().title,
        "contact": request_context.settings().contact,
        "activities": concepts("activity"),
        "stages": concepts("stage"),
        "legend_keys": tuple(LOOKS),
        "glyph": glyph,
        "complain": complain,
        "day": day,
        "word": word,
        "qualifiers": qualifiers,
        "beside": beside,
        "apart": apart,
        "below": below,
        "seen": seen,
        "is_of_parts": is_of_parts,
        "is_hollow": is_hollow,
        "reservation": reservation,
        "tab": tab,
        "cell_name": cell_name,
        "cell_words": cell_words,
        "state_on": state_on,
        "is_assumed": is_assumed,
        "all_questions": questions,
        "label": label,
        "chosen": chosen,
        "other_language": other_language,
        "region": region,
        "definition": definition,
        "property_name": property_name,
        "concept_name": concept_name,
        "question": lambda activity, stage: vocabulary.question(activity, stage, language()),
        "country_name": lambda code: jurisdictions.country_name(code, language()),
    }


def install(blueprint: Blueprint) -> None:
    """Add these to all templates of the application."""
    blueprint.app_context_processor(_globals)
    filters: dict[str, Callable[..., Any]] = {
        "href": href,
        "shorten": shorten,
        "told": told,
        "told_step": told_step,
        "as_written": as_written,
        "tail": tail,
        "complain": complain,
    }
    for name, function in filters.items():
        blueprint.add_app_template_filter(function, name)
