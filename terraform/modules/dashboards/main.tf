# Four dashboards, each a list of charts: title, unit, and queries in PromQL by legend. A new chart is
# an entry.

locals {
  dashboards = {
    business = { title = "Innkeep: business", charts = local.business }
    service  = { title = "Innkeep: service", charts = local.service }
    data     = { title = "Innkeep: data", charts = local.data }
    cache    = { title = "Innkeep: cache", charts = local.cache }
  }
}

resource "google_monitoring_dashboard" "this" {
  for_each = local.dashboards
  project  = var.project_id
  dashboard_json = jsonencode({
    displayName = each.value.title
    labels      = { for k, v in var.labels : "${k}_${v}" => "" }
    mosaicLayout = {
      columns = 48
      tiles = [for i, c in each.value.charts : {
        xPos   = (i % 2) * 24
        yPos   = floor(i / 2) * 16
        width  = 24
        height = 16
        widget = {
          title = c.title
          xyChart = {
            yAxis = { label = c.unit, scale = "LINEAR" }
            dataSets = [for legend, query in c.queries : {
              plotType       = "LINE"
              targetAxis     = "Y1"
              legendTemplate = legend
              timeSeriesQuery = {
                prometheusQuery = query
                unitOverride    = c.unit
              }
            }]
          }
        }
      }]
    }
  })
}
