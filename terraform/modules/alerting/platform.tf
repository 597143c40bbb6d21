# What Innkeep stands on: database, cache, and its own limits.

locals {
  platform_alerts = {
    SpannerCpu = {
      severity = "page"
      summary  = "Spanner's processors are busier with work of high priority than leaves room for the loss of a zone."
      conditions = {
        high-priority = {
          query   = "max by (instance_id, location) (avg_over_time(spanner_googleapis_com:instance_cpu_utilization_by_priority{monitored_resource=\"spanner_instance\", priority=\"high\"}[10m])) > ${var.spanner_cpu_percent / 100}"
          minutes = 15
        }
        # All work of a day: above this, background work of Spanner's own falls behind.
        whole-day = {
          query   = "max by (instance_id) (spanner_googleapis_com:instance_cpu_smoothed_utilization{monitored_resource=\"spanner_instance\"}) > 0.9"
          minutes = 30
        }
      }
    }
    SpannerStorage = {
      severity = "ticket"
      summary  = "Spanner's storage is at 75 % of what its nodes hold."
      conditions = {
        share = {
          query   = "max by (instance_id) (spanner_googleapis_com:instance_storage_utilization{monitored_resource=\"spanner_instance\"}) > 0.75"
          minutes = 60
        }
      }
    }
    SpannerAborted = {
      severity = "ticket"
      summary  = "More than 5 % of commits are aborted: writers are in each other's way."
      conditions = {
        commits = {
          query   = "sum(rate(spanner_googleapis_com:api_request_count{method=\"Commit\", status=\"ABORTED\"}[15m])) / sum(rate(spanner_googleapis_com:api_request_count{method=\"Commit\"}[15m])) > 0.05"
          minutes = 15
        }
      }
    }
    FirestoreErrors = {
      severity = "ticket"
      summary  = "Firestore refuses moves of heads, or answers with errors: reports fall back to the database."
      conditions = {
        heads = {
          query   = "sum(rate({\"innkeep.heads.moves\", \"innkeep.outcome\"!=\"OK\"}[10m])) / sum(rate({\"innkeep.heads.moves\"}[10m])) > 0.05"
          minutes = 10
        }
        refused = { query = "sum(increase({\"innkeep.cache.heads.refused\"}[15m])) > 0", minutes = 0 }
        requests = {
          query   = "sum(rate(firestore_googleapis_com:api_request_count{response_code!=\"OK\"}[10m])) / sum(rate(firestore_googleapis_com:api_request_count[10m])) > 0.05"
          minutes = 10
        }
      }
    }
    CapacityUsed = {
      severity = "ticket"
      summary  = "One of the limits of the installation is used to 80 %."
      conditions = {
        limit = { query = "max by (\"innkeep.limit\") ({\"innkeep.capacity.used\"}) > 0.8", minutes = 15 }
      }
    }
    ReadRouteEjected = {
      severity = "ticket"
      summary  = "A read route has been taken out again and again: the leader reads for its replicas."
      conditions = {
        ejections = { query = "sum by (\"innkeep.route\") (increase({\"innkeep.routes.ejections\"}[15m])) > 3", minutes = 0 }
      }
    }
    NudgesLost = {
      severity = "ticket"
      summary  = "Nudges cannot be published: consumers hear of news by their sweep alone, once a minute."
      conditions = {
        share = {
          query   = "sum(rate({\"innkeep.feed.nudges\", \"innkeep.outcome\"=\"failed\"}[10m])) / sum(rate({\"innkeep.feed.nudges\"}[10m])) > 0.2"
          minutes = 10
        }
        relay = { query = "sum(increase({\"innkeep.relay.publish.failures\"}[15m])) > 10", minutes = 0 }
      }
    }
  }
}
