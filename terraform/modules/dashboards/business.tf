# What owners and support ask: what comes in, what is being recorded, decided and reported. Amounts here are
# a trend, in minor units by currency: a backend of metrics makes floats of them. To the cent they are in the
# reports.

locals {
  business = [
    {
      title = "Revenue an hour, in minor units", unit = "1"
      queries = {
        "posted $${labels.innkeep.currency}"   = "sum by (\"innkeep.currency\") (increase({\"innkeep.entries.amount\", \"innkeep.kind\"=\"revenue\", \"innkeep.change\"=\"posted\"}[1h]))"
        "reversed $${labels.innkeep.currency}" = "sum by (\"innkeep.currency\") (increase({\"innkeep.entries.amount\", \"innkeep.kind\"=\"revenue\", \"innkeep.change\"=\"reversed\"}[1h]))"
      }
    },
    {
      title = "Entries an hour, by kind and what became of them", unit = "1"
      queries = {
        "$${labels.innkeep.kind} $${labels.innkeep.change}" = "sum by (\"innkeep.kind\", \"innkeep.change\") (increase({\"innkeep.entries\"}[1h]))"
      }
    },
    {
      title = "Commands of the day book that took effect", unit = "1/s"
      queries = {
        "$${labels.innkeep.operation}" = "sum by (\"innkeep.operation\") (rate({\"innkeep.daybook.commands\", \"innkeep.outcome\"=\"effect\"}[5m]))"
      }
    },
    {
      title = "Entries that wait for approval, and events", unit = "1"
      queries = {
        "waiting"         = "max({\"innkeep.approvals.waiting\"})"
        "events a second" = "max({\"innkeep.events.rate\"})"
      }
    },
    {
      title = "Limits: the share that is used", unit = "1"
      queries = {
        "$${labels.innkeep.limit}" = "max by (\"innkeep.limit\") ({\"innkeep.capacity.used\"})"
      }
    },
    {
      title = "Commands refused, repeated or failed", unit = "1/s"
      queries = {
        "$${labels.innkeep.outcome}" = "sum by (\"innkeep.outcome\") (rate({\"innkeep.daybook.commands\", \"innkeep.outcome\"!=\"effect\"}[5m]))"
      }
    },
    {
      title = "Reconciliation: acts, lines and matches", unit = "1/h"
      queries = {
        "acts $${labels.innkeep.operation}" = "sum by (\"innkeep.operation\") (increase({\"innkeep.reconcile.acts\"}[1h]))"
        "lines"                             = "sum(increase({\"innkeep.reconcile.lines\"}[1h]))"
        "matches $${labels.innkeep.origin}" = "sum by (\"innkeep.origin\") (increase({\"innkeep.reconcile.matches\"}[1h]))"
      }
    },
    {
      title = "Files exported", unit = "1/h"
      queries = {
        "$${labels.innkeep.report} $${labels.innkeep.format}" = "sum by (\"innkeep.report\", \"innkeep.format\") (increase({\"innkeep.exports.duration_count\"}[1h]))"
      }
    },
    {
      title = "Webhooks", unit = "1/s"
      queries = {
        "$${labels.innkeep.outcome}" = "sum by (\"innkeep.outcome\") (rate({\"innkeep.webhooks.deliveries\"}[5m]))"
      }
    },
    {
      title = "Live streams", unit = "1"
      queries = {
        "open"    = "sum({\"innkeep.events.streams\"})"
        "refused" = "sum(increase({\"innkeep.events.streams.refused\"}[5m]))"
      }
    },
  ]
}
