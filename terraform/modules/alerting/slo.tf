# The promise to callers and how fast it may be broken: 99.9 % of requests in 30 days are good, which
# is answered within 500 ms and not with a server's error. The owner's numbers stand here once; a test
# reads them here and runs incidents and quiet months through them.

locals {
  slo = {
    objective       = 0.999
    latency_seconds = 0.5
    period_days     = 30
    error_rate      = 0.005
  }
  # What may go wrong of all: 0.001.
  allowance = 1 - local.slo.objective

  # A burn of 1 spends the allowance of the period in the period. A rule fires while the burn is at
  # least `burn` over the long window, which shows that it matters, and over the short one, which shows
  # that it goes on: so an alert ends soon after the incident. `least_bad` is how many bad requests the
  # long window holds at least: few callers at night are no incident by themselves.
  #
  #   now     14.4 for 3 minutes: the only one that pages within 5 minutes at 14.4 itself, since an
  #           hour's window is full of the good requests before. A metric is a minute old when it is
  #           seen, and a rule is looked at twice a minute: 3:00 + 1:00 + 0:30
  #   fast    14.4 for an hour spends 2 % of the allowance: 14.4 * 1 h / 720 h
  #   slow    6 for 6 hours spends 5 %: 6 * 6 h / 720 h
  #   creep   1 for 3 days spends 10 %: 1 * 72 h / 720 h
  burns = {
    now   = { burn = 14.4, long_minutes = 3, short_minutes = 3, least_bad = 10, severity = "page" }
    fast  = { burn = 14.4, long_minutes = 60, short_minutes = 5, least_bad = 5, severity = "page" }
    slow  = { burn = 6, long_minutes = 360, short_minutes = 30, least_bad = 5, severity = "page" }
    creep = { burn = 1, long_minutes = 4320, short_minutes = 360, least_bad = 5, severity = "ticket" }
  }
  evaluation_seconds = 30

  # Requests that count: live streams and files last as long as they last, and a caller who goes away
  # is not our failure. All come by the edge, which measures them.
  counted = join(", ", compact([
    length(var.streams) > 0 ? "\"innkeep.upstream\"!~\"${join("|", var.streams)}\"" : "",
    "\"innkeep.outcome\"!=\"canceled\"",
  ]))
  good = "{\"http.server.request.duration_bucket\", le=\"${local.slo.latency_seconds}\", \"http.response.status_code\"!~\"5..\", ${local.counted}}"
  all  = "{\"http.server.request.duration_count\", ${local.counted}}"

  windows = toset(flatten([for b in local.burns : [b.long_minutes, b.short_minutes]]))
  # In a window: all requests, and the bad ones. Where none is good there is no series of good ones.
  asked = { for m in local.windows : m => "sum(increase(${local.all}[${m}m]))" }
  bad   = { for m in local.windows : m => "(${local.asked[m]} - (sum(increase(${local.good}[${m}m])) or vector(0)))" }

  burn_queries = { for n, b in local.burns : n => join(" and ", [
    "${local.bad[b.long_minutes]} / ${local.asked[b.long_minutes]} >= ${format("%.4f", b.burn * local.allowance)}",
    "${local.bad[b.short_minutes]} / ${local.asked[b.short_minutes]} >= ${format("%.4f", b.burn * local.allowance)}",
    "${local.bad[b.long_minutes]} >= ${b.least_bad}",
  ]) }

  slo_alerts = {
    SloBurn = {
      severity   = "page"
      summary    = "Requests fail or are slow so fast that the month's allowance will not last."
      conditions = { for n, b in local.burns : n => { query = local.burn_queries[n], minutes = 0 } if b.severity == "page" }
    }
    SloCreep = {
      severity   = "ticket"
      summary    = "For three days requests have failed or been slow a little too often."
      conditions = { for n, b in local.burns : n => { query = local.burn_queries[n], minutes = 0 } if b.severity == "ticket" }
    }
    ErrorRate = {
      severity = "ticket"
      summary  = "More than 0.5 % of requests are answered with a server's error."
      conditions = {
        of-all = {
          query   = "sum(rate({\"http.server.request.duration_count\", \"http.response.status_code\"=~\"5..\"}[10m])) / sum(rate({\"http.server.request.duration_count\"}[10m])) > ${local.slo.error_rate}"
          minutes = 10
        }
      }
    }
  }
}
