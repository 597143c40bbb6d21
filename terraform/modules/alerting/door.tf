# The public door as the outside sees it, and the limits that refuse there.

locals {
  door_alerts = merge({
    BreakerOpen = {
      severity = "ticket"
      summary  = "A breaker has opened: what it guards has failed again and again."
      conditions = {
        opened  = { query = "sum by (\"innkeep.breaker\") (increase({\"innkeep.breaker.changes\", \"innkeep.mode\"=\"open\"}[10m])) > 0", minutes = 0 }
        refused = { query = "sum by (\"innkeep.breaker\") (increase({\"innkeep.breaker.refused\"}[10m])) > 100", minutes = 0 }
      }
    }
    LimiterRejections = {
      severity = "ticket"
      summary  = "More than 5 % of calls are refused by the limit of their organisation's plan."
      conditions = {
        share = {
          query   = "sum(rate({\"innkeep.limiter.limited\"}[15m])) / sum(rate({\"http.server.request.duration_count\"}[15m])) > 0.05"
          minutes = 15
        }
        ledger = {
          query   = "sum(rate({\"innkeep.limiter.leases\", \"innkeep.outcome\"=\"failed\"}[10m])) / sum(rate({\"innkeep.limiter.leases\"}[10m])) > 0.2"
          minutes = 10
        }
      }
    }
    LoadShed = {
      severity = "page"
      summary  = "Posts are refused for want of room: all that may be refused before them already is."
      conditions = {
        posts = { query = "sum by (\"innkeep.bulkhead\") (increase({\"innkeep.bulkhead.shed\", \"innkeep.class\"=\"post\"}[5m])) > 0", minutes = 0 }
        all   = { query = "sum by (\"innkeep.bulkhead\") (rate({\"innkeep.bulkhead.shed\"}[10m])) > 1", minutes = 10 }
      }
    }
    CacheHitRate = {
      severity = "ticket"
      summary  = "Less than 85 % of reports come from the cache."
      conditions = {
        # Of an answer that came from neither level, the first level was asked and the second did not help.
        # A few questions say nothing: 100 in the half hour at least.
        share = {
          query   = "sum(rate({\"innkeep.cache.asked\", \"innkeep.outcome\"=\"hit\"}[30m])) / sum(rate({\"innkeep.cache.asked\", \"innkeep.level\"=\"first\"}[30m])) < 0.85 and sum(increase({\"innkeep.cache.asked\", \"innkeep.level\"=\"first\"}[30m])) > 100"
          minutes = 30
        }
        errors = {
          query   = "sum(rate({\"innkeep.cache.asked\", \"innkeep.outcome\"=\"error\"}[10m])) > 1"
          minutes = 10
        }
      }
    }
    }, length(var.domains) == 0 ? {} : {
    EdgeUnreachable = {
      severity = "page"
      summary  = "The public door does not answer from outside."
      conditions = {
        # Of six regions that ask once a minute, three at least find nobody.
        probes = {
          query   = "count by (check_id) (min_over_time(monitoring_googleapis_com:uptime_check_check_passed{monitored_resource=\"uptime_url\"}[2m]) == 0) >= 3"
          minutes = 2
        }
        # What the load balancer answers by itself, the function does not count.
        backend = {
          query   = "sum(rate(loadbalancing_googleapis_com:https_request_count{response_code_class=\"500\"}[5m])) / sum(rate(loadbalancing_googleapis_com:https_request_count[5m])) > 0.2"
          minutes = 2
        }
      }
    }
  })
}

resource "google_monitoring_uptime_check_config" "edge" {
  for_each     = toset(var.domains)
  project      = var.project_id
  display_name = each.key
  period       = "60s"
  timeout      = "10s"
  user_labels  = var.labels
  http_check {
    path         = "/healthz"
    port         = 443
    use_ssl      = true
    validate_ssl = true # it tells of a certificate that runs out, too
    accepted_response_status_codes { status_class = "STATUS_CLASS_2XX" }
  }
  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project_id, host = each.key }
  }
}
