"""The whole system on one machine: an emulated Slack, an emulated SecMaster and a page to use both."""
