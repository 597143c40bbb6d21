# functions/catalogue.yaml is the one manifest: its functions, topics and schedules are made as they
# stand there, and nothing is listed a second time here.

locals {
  catalogue = yamldecode(file("${path.module}/../../../functions/catalogue.yaml"))
  functions = { for f in local.catalogue.functions : f.name => f }
  topics    = { for t in local.catalogue.topics : t.name => t }

  # What stands in the open, behind the load balancer; all else is called by it, by Pub/Sub and by the
  # scheduler alone.
  public  = [for n, f in local.functions : n if try(f.public, false)]
  private = [for n, f in local.functions : n if f.trigger == "http" && !try(f.public, false)]
  pushed  = [for n, f in local.functions : n if f.trigger == "pubsub"]
  called  = [for n, f in local.functions : n if f.trigger != "http"] # by Pub/Sub, by the scheduler
  swept   = [for n, f in local.functions : n if try(f.schedule, "") != ""]

  # What reads the books or their events and gives way to posts: its reads may leave the leader. A post
  # decides on what stands now, so its function has the leader alone.
  book_roles = ["day_book_reader", "day_book_writer", "event_reader", "feed_consumer", "read_model_reader"]
  routed     = [for n, f in local.functions : n if f.priority != "post" && length(setintersection(f.roles, local.book_roles)) > 0]

  # Without uploads there are no functions: a new project gets its database first, then the migrator,
  # then these. With uploads there are all of them, or the plan is refused (variables.tf).
  staged = length(var.staged) > 0 ? toset(keys(local.functions)) : toset([])

  # Cloud Run gives every service this address; it is known before the function is made, and is the
  # audience of the tokens that it is called with.
  urls = { for n, f in local.functions : n => "https://${n}-${data.google_project.this.number}.${var.region}.run.app" }

  # A function's own database role; scripts/migrate makes it of the roles that the catalogue names.
  database_roles = { for n, f in local.functions : n => "fn_${replace(n, "-", "_")}" }

  # Seconds from one sweep to the next, of the four forms that the catalogue allows.
  periods = { for n in local.swept : n => (
    local.functions[n].schedule == "* * * * *" ? 60 :
    can(regex("^\\*/[0-9]+ \\* \\* \\* \\*$", local.functions[n].schedule)) ? 60 * tonumber(regex("[0-9]+", local.functions[n].schedule)) :
    can(regex("^[0-9]+ \\* \\* \\* \\*$", local.functions[n].schedule)) ? 3600 : 86400
  ) }
}

data "google_project" "this" {
  project_id = var.project_id
}
