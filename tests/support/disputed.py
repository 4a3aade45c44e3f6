"""An office that speaks for itself, and a description from elsewhere that claims other things of it."""

from registry.model import Source

OWN = b"""
url: https://victim.example/
name: {en: Office of the Victim}
country: FR
level: central
email: own@victim.example
policies:
  - title: {en: Own policy}
    url: https://victim.example/policy
    country: FR
    matrix: {use: {present: {force: encouraged, text: {en: Says the victim.}}}}
"""
CLAIM = b"""
url: http://victim.example
name: {en: Office of Evil}
country: DE
email: evil@evil.example
contact: https://evil.example/contact
code: [https://evil.example/code]
policies:
  - title: {en: Invented law}
    url: https://victim.example/policy
    country: FR
    instrument: primary-law
    matrix: {use: {present: {force: required, text: {en: Says evil.}}}}
"""
VICTIM = Source("own", "https://victim.example/.well-known/ospo-meta")
EVIL = Source("evil", "https://evil.example/ospo.yaml")
