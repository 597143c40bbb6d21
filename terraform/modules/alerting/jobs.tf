# Forward progress: every schedule of the catalogue has an alert of its own, so that a job which stops
# is told by name. What is counted is sweeps that were done, not sweeps that were tried.
#
# The window in seconds, from the period p:
#
#   p up to 15 min   5 p + 300: five sweeps missed in a row are no accident (p = 60 s: 10 min)
#   p up to 1 h      2 p + 600: the next one has failed as well             (p = 1 h: 2 h 10 min)
#   longer           p + 7200:  a daily job is tried again for an hour      (p = 1 d: 26 h)
#
# One condition says that the count has stopped, the other that nobody counts any more: a counter that
# is gone has no increase.

locals {
  progress_windows = { for n, p in var.periods : n => p <= 900 ? 5 * p + 300 : p <= 3600 ? 2 * p + 600 : p + 7200 }
  progress_sweeps  = { for n, p in var.periods : n => "{\"innkeep.push.messages\", \"innkeep.function\"=\"${n}\", \"innkeep.trigger\"=\"sweep\", \"innkeep.outcome\"=\"done\"}" }

  job_alerts = { for n, p in var.periods : "ScheduleStalled: ${n}" => {
    runbook  = "ScheduleStalled"
    severity = "page"
    summary  = "The sweep of ${n} has not been done for ${local.progress_windows[n]} s; it is due every ${p} s."
    conditions = {
      no-progress = { query = "sum(increase(${local.progress_sweeps[n]}[${local.progress_windows[n]}s])) < 1", minutes = 0 }
      nothing     = { query = "absent_over_time(${local.progress_sweeps[n]}[${local.progress_windows[n]}s])", minutes = 0 }
    }
  } }
}
