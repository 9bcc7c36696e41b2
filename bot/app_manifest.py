"""The Slack app manifest: what the app shows, may do and hears, each scope with its reason."""

from __future__ import annotations

from string import Template

SCOPES = {
    "chat:write": "post the cards, tell opinions in their threads, answer people privately",
    "commands": "the slash command",
    "users:read": "check that who votes is an active, full member of this workspace; their language",
    "channels:read": "the members of a public review channel, where BOT_REVIEWERS is `channel`",
    "groups:read": "the same for a private review channel",
    "usergroups:read": "the members of user groups that may review",
    "files:write": "the picture of what changes, in the thread",
}
"""Of the bot token, each with its reason."""

_MANIFEST = Template("""\
# The Slack app manifest. Create the app at https://api.slack.com/apps with "From a manifest".
# Printed by `secmaster-bot manifest`; a test keeps the two equal.
_metadata:
  major_version: 2
display_information:
  name: SecMaster reviews
  description: Review SecMaster workflow releases, approve or reject with a reason
  background_color: "#1f3a5f"
features:
  app_home:
    home_tab_enabled: true
    messages_tab_enabled: true
    messages_tab_read_only_enabled: true
  bot_user:
    display_name: secmaster-reviews
    always_online: true
  slash_commands:
    - command: /secmaster
$command_url      description: Review SecMaster workflow releases
      usage_hint: "help | pending [mine] | show VERSION_ID | changes VERSION_ID | approve VERSION_ID | \
reject VERSION_ID | withdraw VERSION_ID | ask VERSION_ID | handover VERSION_ID | remind VERSION_ID 1h|4h|tomorrow | \
request VERSION_ID | history"
      should_escape: true
oauth_config:
  scopes:
    bot:
$scopes
settings:
  event_subscriptions:
$events_url    bot_events:
      - app_home_opened # the queue of versions that wait for a person
      - app_uninstalled # so that the log says why everything fails
      - tokens_revoked # likewise
  interactivity:
    is_enabled: true
$interactivity_url  org_deploy_enabled: false
  socket_mode_enabled: $socket_mode
  token_rotation_enabled: false
""")


def text(*, mode: str, url: str) -> str:
    """The manifest as YAML, for Socket Mode or for HTTP requests to the bot at `url`."""
    request_url = f"{url.rstrip('/')}/slack/events"
    over_http = mode == "http"
    return _MANIFEST.substitute(
        scopes="\n".join(f"      - {scope} # {reason}" for scope, reason in SCOPES.items()),
        command_url=f"      url: {request_url}\n" if over_http else "",
        events_url=f"    request_url: {request_url}\n" if over_http else "",
        interactivity_url=f"    request_url: {request_url}\n" if over_http else "",
        socket_mode="false" if over_http else "true",
    )
