# Whether the books are whole. None of these happens in a system that works; each is told at once.

locals {
  books_alerts = {
    BooksDiffer = {
      severity = "page"
      summary  = "Day rows differed from their events, a report's own proof failed, or one of a closed scope has changed."
      conditions = {
        corrections = { query = "sum by (\"innkeep.cause\") (increase({\"innkeep.corrections.detected\"}[15m])) > 0", minutes = 0 }
        reports     = { query = "sum(increase({\"innkeep.reports.disproved\"}[15m])) > 0", minutes = 0 }
        closed      = { query = "sum(increase({\"innkeep.reports.changed\"}[15m])) > 0", minutes = 0 }
        # A snapshot of an older schema is no fault: it is folded anew once.
        snapshots = { query = "sum by (\"innkeep.reason\") (increase({\"innkeep.snapshots.refused\", \"innkeep.reason\"!=\"schema\"}[15m])) > 0", minutes = 0 }
      }
    }
    CorrectionBacklog = {
      severity = "ticket"
      summary  = "Corrections wait longer than they may: 100 of them, or 5 minutes."
      conditions = {
        # 5 minutes to gather, a minute to the next sweep, and as much again to try a second time.
        age   = { query = "max({\"innkeep.corrections.backlog.age\"}) > 660", minutes = 2 }
        due   = { query = "max({\"innkeep.corrections.oldest\"}) > 660", minutes = 5 }
        count = { query = "max({\"innkeep.corrections.backlog\"}) >= 100", minutes = 10 }
      }
    }
    CorrectionsParked = {
      severity = "ticket"
      summary  = "Corrections wait for a person: a closed day differs from what was signed, or a repair fails."
      conditions = {
        settled = { query = "sum(increase({\"innkeep.corrections.settled\", \"innkeep.outcome\"=~\"proposed|parked\"}[15m])) > 0", minutes = 0 }
      }
    }
    CommandDefects = {
      severity = "page"
      summary  = "Commands of the day book end with a defect, or with an outcome that nobody knows."
      conditions = {
        defects = { query = "sum by (\"innkeep.operation\") (increase({\"innkeep.daybook.commands\", \"innkeep.outcome\"=\"defect\"}[10m])) > 0", minutes = 0 }
        unknown = { query = "sum(increase({\"innkeep.daybook.commands\", \"innkeep.outcome\"=\"unknown\"}[10m])) > 20", minutes = 0 }
      }
    }
  }
}
