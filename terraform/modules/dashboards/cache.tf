# The report cache and what invalidates it.

locals {
  cache = [
    {
      title = "Answers from the cache", unit = "1"
      queries = {
        "both levels" = "sum(rate({\"innkeep.cache.asked\", \"innkeep.outcome\"=\"hit\"}[5m])) / sum(rate({\"innkeep.cache.asked\", \"innkeep.level\"=\"first\"}[5m]))"
        "memory"      = "sum(rate({\"innkeep.cache.asked\", \"innkeep.outcome\"=\"hit\", \"innkeep.level\"=\"first\"}[5m])) / sum(rate({\"innkeep.cache.asked\", \"innkeep.level\"=\"first\"}[5m]))"
      }
    },
    {
      title = "What the levels say", unit = "1/s"
      queries = {
        "$${labels.innkeep.level} $${labels.innkeep.outcome}" = "sum by (\"innkeep.level\", \"innkeep.outcome\") (rate({\"innkeep.cache.asked\"}[5m]))"
      }
    },
    {
      title = "Age of answers, p50 and p99", unit = "s"
      queries = {
        "p50" = "histogram_quantile(0.5, sum by (le) (rate({\"innkeep.cache.age_bucket\"}[5m])))"
        "p99" = "histogram_quantile(0.99, sum by (le) (rate({\"innkeep.cache.age_bucket\"}[5m])))"
      }
    },
    {
      title = "Time to make an answer, p99", unit = "s"
      queries = {
        "p99" = "histogram_quantile(0.99, sum by (le) (rate({\"innkeep.cache.fill_bucket\"}[5m])))"
      }
    },
    {
      title = "Heads: moves, and commit to move p99", unit = "1"
      queries = {
        "moves $${labels.innkeep.outcome}, 1/s" = "sum by (\"innkeep.outcome\") (rate({\"innkeep.cache.heads.moves\"}[5m]))"
        "p99, s"                                = "histogram_quantile(0.99, sum by (le) (rate({\"innkeep.cache.heads.lag_bucket\"}[5m])))"
      }
    },
    {
      title = "Heads moved for live streams", unit = "1/s"
      queries = {
        "$${labels.innkeep.outcome}" = "sum by (\"innkeep.outcome\") (rate({\"innkeep.heads.moves\"}[5m]))"
      }
    },
    {
      title = "Firestore: calls", unit = "1/s"
      queries = {
        "$${labels.response_code}" = "sum by (response_code) (rate(firestore_googleapis_com:api_request_count[5m]))"
      }
    },
  ]
}
