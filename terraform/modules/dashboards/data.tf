# The database, the feed, and what keeps the books whole.

locals {
  data = [
    {
      title = "Spanner: CPU by priority", unit = "1"
      queries = {
        "$${labels.priority}" = "max by (priority) (spanner_googleapis_com:instance_cpu_utilization_by_priority{monitored_resource=\"spanner_instance\"})"
      }
    },
    {
      title = "Spanner: latency of calls, p99", unit = "s"
      queries = {
        "$${labels.method}" = "histogram_quantile(0.99, sum by (le, method) (rate(spanner_googleapis_com:api_request_latencies_bucket{monitored_resource=\"spanner_instance\"}[5m])))"
      }
    },
    {
      title = "Spanner: storage and size", unit = "1"
      queries = {
        "storage of the limit" = "max(spanner_googleapis_com:instance_storage_utilization{monitored_resource=\"spanner_instance\"})"
        "nodes"                = "max(spanner_googleapis_com:instance_node_count{monitored_resource=\"spanner_instance\"})"
      }
    },
    {
      title = "Feed: events taken", unit = "1/s"
      queries = {
        "$${labels.innkeep.consumer}" = "sum by (\"innkeep.consumer\") (rate({\"innkeep.feed.events\"}[5m]))"
      }
    },
    {
      title = "Feed: commit to effect, p99", unit = "s"
      queries = {
        "$${labels.innkeep.consumer}" = "histogram_quantile(0.99, sum by (le, \"innkeep.consumer\") (rate({\"innkeep.feed.latency_bucket\"}[5m])))"
      }
    },
    {
      title = "Feed: how far consumers are behind", unit = "s"
      queries = {
        "$${labels.innkeep.consumer}" = "max by (\"innkeep.consumer\") ({\"innkeep.feed.lag\"})"
      }
    },
    {
      title = "Read routes", unit = "1/s"
      queries = {
        "$${labels.innkeep.route} $${labels.innkeep.outcome}" = "sum by (\"innkeep.route\", \"innkeep.outcome\") (rate({\"innkeep.routes.reads\"}[5m]))"
        "ejected $${labels.innkeep.route}"                    = "sum by (\"innkeep.route\") (rate({\"innkeep.routes.ejections\"}[5m]))"
      }
    },
    {
      title = "Feed: set aside, and dead letters", unit = "1"
      queries = {
        "parked $${labels.innkeep.consumer}" = "sum by (\"innkeep.consumer\") (increase({\"innkeep.feed.parked\"}[15m]))"
        "dead $${labels.subscription_id}"    = "max by (subscription_id) (pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource=\"pubsub_subscription\", subscription_id=~\".+-dead-letter\"})"
      }
    },
    {
      title = "Corrections", unit = "1"
      queries = {
        "detected $${labels.innkeep.cause}"  = "sum by (\"innkeep.cause\") (increase({\"innkeep.corrections.detected\"}[1h]))"
        "settled $${labels.innkeep.outcome}" = "sum by (\"innkeep.outcome\") (increase({\"innkeep.corrections.settled\"}[1h]))"
        "waiting"                            = "max({\"innkeep.corrections.backlog\"})"
      }
    },
    {
      title = "Day rows compared with their events", unit = "1/h"
      queries = {
        "$${labels.innkeep.sweep}" = "sum by (\"innkeep.sweep\") (increase({\"innkeep.corrections.swept\"}[1h]))"
      }
    },
  ]
}
