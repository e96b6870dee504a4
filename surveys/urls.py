"""Addresses of the collection side."""

from django.urls import path

from surveys.views import follow, respond

app_name = "surveys"
urlpatterns = [
    path("", respond.start, name="start"),
    path("vragenlijst/<int:entry_id>/", respond.response_overview, name="response-overview"),
    path("vragenlijst/<int:entry_id>/onderdeel/<str:section_code>/", respond.response_section, name="response-section"),
    path("vragenlijst/<int:entry_id>/controle/", respond.response_review, name="response-review"),
    path("vragenlijst/<int:entry_id>/toelichten/", respond.response_explain, name="response-explain"),
    path("vragenlijst/<int:entry_id>/indienen/", respond.response_submit, name="response-submit"),
    path("vragenlijst/<int:entry_id>/ontvangst/", respond.response_receipt, name="response-receipt"),
    path("vragenlijst/<int:entry_id>/antwoorden/", respond.response_read, name="response-read"),
    path("volgen/", follow.follow_list, name="follow-list"),
    path("volgen/<int:entry_id>/", follow.follow_response, name="follow-response"),
]
