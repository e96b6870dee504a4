"""How much work it is to fill in the whole PO questionnaire: a person's clicks and keys, counted in a browser.

python -m tools.effort            a library of 48 schools, without and with last year's answers
"""
