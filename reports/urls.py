"""Addresses of the publications. They never change once published."""

from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:slug>/", views.page, name="publication"),
    path("<slug:slug>/v<int:version>/", views.page, name="version"),
    path("<slug:slug>/v<int:version>/<slug:path>/", views.page, name="version-chapter"),
    path("<slug:slug>/<slug:path>/", views.page, name="chapter"),
]
