"""Addresses of the collection side."""

from django.urls import path

from surveys.views import autosave, follow, paper, receipt, respond, roster_file, schools, start, team

app_name = "surveys"
urlpatterns = [
    path("", start.start, name="start"),
    path("vragenlijst/<int:entry_id>/", start.response_overview, name="response-overview"),
    path("vragenlijst/<int:entry_id>/onderdeel/<str:section_code>/", respond.response_section, name="response-section"),
    path("vragenlijst/<int:entry_id>/onderdeel/<str:section_code>/bewaren/", autosave.answer_save, name="answer-save"),
    path("vragenlijst/<int:entry_id>/onderdeel/<str:section_code>/veel/", autosave.roster_many, name="roster-many"),
    path("vragenlijst/<int:entry_id>/controle/", respond.response_review, name="response-review"),
    path("vragenlijst/<int:entry_id>/toelichten/", respond.response_explain, name="response-explain"),
    path("vragenlijst/<int:entry_id>/indienen/", respond.response_submit, name="response-submit"),
    path("vragenlijst/<int:entry_id>/ontvangst/", receipt.response_receipt, name="response-receipt"),
    path("vragenlijst/<int:entry_id>/heropening/", receipt.response_reopen_ask, name="response-reopen-ask"),
    path("vragenlijst/<int:entry_id>/antwoorden/", respond.response_read, name="response-read"),
    path("vragenlijst/<int:entry_id>/scholen.xlsx", roster_file.roster_download, name="roster-download"),
    path("vragenlijst/<int:entry_id>/scholen/excel/", roster_file.roster_file, name="roster-file"),
    path("vragenlijst/<int:entry_id>/scholen/excel/opslaan/", roster_file.roster_file_store, name="roster-file-store"),
    path("vragenlijst/<int:entry_id>/scholen/", schools.schools_overview, name="schools-overview"),
    path("vragenlijst/<int:entry_id>/scholen/klopt/", schools.schools_confirm, name="schools-confirm"),
    path("vragenlijst/<int:entry_id>/scholen/toevoegen/", schools.schools_add, name="schools-add"),
    path("vragenlijst/<int:entry_id>/scholen/<int:row_id>/", schools.schools_leave, name="schools-leave"),
    path("vragenlijst/<int:entry_id>/scholen/<int:row_id>/terug/", schools.schools_return, name="schools-return"),
    path("vragenlijst/<int:entry_id>/blanco.pdf", paper.response_blank_pdf, name="response-blank-pdf"),
    path("vragenlijst/<int:entry_id>/antwoorden.pdf", paper.response_answers_pdf, name="response-answers-pdf"),
    path(
        "vragenlijst/<int:entry_id>/ontvangst/<int:number>.pdf", paper.response_receipt_pdf, name="response-receipt-pdf"
    ),
    path("vragenlijst/<int:entry_id>/collegas/", team.team_overview, name="team-overview"),
    path("vragenlijst/<int:entry_id>/collegas/geschiedenis/", team.team_history, name="team-history"),
    path("vragenlijst/<int:entry_id>/collegas/uitnodigen/", team.team_invite, name="team-invite"),
    path("vragenlijst/<int:entry_id>/collegas/<int:membership_id>/", team.team_member, name="team-member"),
    path(
        "vragenlijst/<int:entry_id>/collegas/<int:membership_id>/opnieuw-uitnodigen/",
        team.team_invite_again,
        name="team-invite-again",
    ),
    path(
        "vragenlijst/<int:entry_id>/collegas/<int:membership_id>/intrekken/", team.team_withdraw, name="team-withdraw"
    ),
    path("vragenlijst/<int:entry_id>/taken/<str:section_code>/", team.team_assign, name="team-assign"),
    path("vragenlijst/<int:entry_id>/taken/<str:section_code>/vrijgeven/", team.team_release, name="team-release"),
    path("vragenlijst/<int:entry_id>/taken/<str:section_code>/klaar/", team.team_mark, name="team-mark"),
    path("volgen/", follow.follow_list, name="follow-list"),
    path("volgen/<int:entry_id>/", follow.follow_response, name="follow-response"),
    path("volgen/<int:entry_id>/antwoorden.pdf", paper.follow_answers_pdf, name="follow-answers-pdf"),
]
