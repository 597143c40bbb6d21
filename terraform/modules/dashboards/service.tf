# Rate, errors, duration, and who is refused.

locals {
  service = [
    {
      title = "Requests", unit = "1/s"
      queries = {
        "$${labels.innkeep.upstream}" = "sum by (\"innkeep.upstream\") (rate({\"http.server.request.duration_count\"}[5m]))"
      }
    },
    {
      title = "Requests answered with a server's error", unit = "1"
      queries = {
        "$${labels.innkeep.upstream}" = "sum by (\"innkeep.upstream\") (rate({\"http.server.request.duration_count\", \"http.response.status_code\"=~\"5..\"}[5m])) / sum by (\"innkeep.upstream\") (rate({\"http.server.request.duration_count\"}[5m]))"
      }
    },
    {
      title = "Duration of requests, p50 and p99", unit = "s"
      queries = {
        "p50"                             = "histogram_quantile(0.5, sum by (le) (rate({\"http.server.request.duration_bucket\"}[5m])))"
        "p99 $${labels.innkeep.upstream}" = "histogram_quantile(0.99, sum by (le, \"innkeep.upstream\") (rate({\"http.server.request.duration_bucket\"}[5m])))"
      }
    },
    {
      title = "Refused by limit, bulkhead and breaker", unit = "1/s"
      queries = {
        "limit $${labels.innkeep.class}"     = "sum by (\"innkeep.class\") (rate({\"innkeep.limiter.limited\"}[5m]))"
        "bulkhead $${labels.innkeep.class}"  = "sum by (\"innkeep.class\") (rate({\"innkeep.bulkhead.shed\"}[5m]))"
        "breaker $${labels.innkeep.breaker}" = "sum by (\"innkeep.breaker\") (rate({\"innkeep.breaker.refused\"}[5m]))"
      }
    },
    {
      title = "Pushes and sweeps", unit = "1/s"
      queries = {
        "$${labels.innkeep.function} $${labels.innkeep.outcome}" = "sum by (\"innkeep.function\", \"innkeep.outcome\") (rate({\"innkeep.push.messages\"}[5m]))"
      }
    },
    {
      title = "Instances", unit = "1"
      queries = {
        "$${labels.service_name}" = "sum by (service_name) (run_googleapis_com:container_instance_count{monitored_resource=\"cloud_run_revision\"})"
      }
    },
  ]
}
