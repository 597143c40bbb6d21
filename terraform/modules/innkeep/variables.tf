variable "project_id" {
  type        = string
  description = "Id of the project; one an environment."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens and begins with a letter."
  }
}

variable "environment" {
  type        = string
  description = "Name of the environment, in labels and telemetry."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.environment))
    error_message = "An environment's name has 2 to 21 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  type        = string
  description = "Region of functions, jobs and uploads: the one of the database's leader."
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region is named like europe-west1."
  }
}

variable "labels" {
  type        = map(string)
  description = "Labels beyond app and environment: cost-centre, owner."
  default     = {}
  validation {
    condition     = alltrue([for k, v in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", k)) && can(regex("^[a-z0-9_-]{0,63}$", v))])
    error_message = "Labels are lower-case letters, digits, - and _, 63 at most; a key begins with a letter."
  }
}

variable "staged" {
  type        = map(object({ object = string, sha256 = string }))
  description = "Uploads in the bucket, by function: the object's name and the SHA-256 of its bytes, in hexadecimal. None: no functions are made."
  default     = {}
  validation {
    condition     = alltrue([for u in values(var.staged) : can(regex("^[0-9a-f]{64}$", u.sha256)) && strcontains(u.object, u.sha256)])
    error_message = "An object's name has the SHA-256 of its bytes in it, 64 hexadecimal digits: so it is never written twice."
  }
  validation {
    condition     = length(var.staged) == 0 || toset(keys(var.staged)) == toset(keys(local.functions))
    error_message = "There is an upload of every function of the catalogue and no other, or none at all."
  }
}

variable "runtime" {
  type        = string
  description = "Runtime of the functions."
  default     = "go126" # the version of go.mod; a test compares them
  validation {
    condition     = can(regex("^go1[0-9]{2}$", var.runtime))
    error_message = "The runtime is one of Go's: go126."
  }
}

variable "spanner" {
  type = object({
    database         = optional(string, "innkeep")
    config           = string
    edition          = string
    processing_units = optional(number, 100)
    autoscaling = optional(object({
      min_processing_units = number
      max_processing_units = number
      cpu_percent          = number
      storage_percent      = number
    }))
    base_replicas       = optional(list(object({ location = string, type = string, leader = bool })), [])
    read_only_locations = optional(list(string), [])
    backup_days         = number
  })
  description = "Where the database stands and how large it may grow; modules/spanner says what the values mean."
  validation {
    condition     = var.spanner.config != ""
    error_message = "The database stands somewhere."
  }
}

variable "read_routes" {
  type = list(object({
    name     = string
    location = optional(string, "")
    type     = optional(string, "")
    weight   = optional(number, 1)
  }))
  description = "Ways to replicas for reads at a timestamp of 10 s ago and more: a region of the configuration, a type (READ_ONLY, READ_WRITE) or both, and the share of such reads. One named leader gives the leader a share, by its weight alone. None: the leader reads everything."
  default     = []
  validation {
    condition     = alltrue([for r in var.read_routes : can(regex("^[a-z0-9-]{1,30}$", r.name))]) && length(distinct(var.read_routes[*].name)) == length(var.read_routes)
    error_message = "A route has a name of its own of 1 to 30 lower-case letters, digits and hyphens."
  }
  validation {
    condition     = alltrue([for r in var.read_routes : r.name == "leader" ? r.location == "" && r.type == "" : r.location != "" || r.type != ""])
    error_message = "A route leads to a location, a type or both; the leader has a weight alone."
  }
  validation {
    condition     = alltrue([for r in var.read_routes : contains(["", "READ_ONLY", "READ_WRITE"], r.type) && contains(range(1, 101), r.weight)])
    error_message = "A type is READ_ONLY or READ_WRITE, and a weight is a whole number from 1 to 100."
  }
  validation {
    condition     = length(setsubtract(var.spanner.read_only_locations, var.read_routes[*].location)) == 0
    error_message = "Read-only replicas are paid for to be read: each of their locations has a route."
  }
}

variable "firestore_location" {
  type        = string
  description = "Location of the Firestore database: a region, eur3, nam5 or nam7. It cannot be changed."
  validation {
    condition     = var.firestore_location != ""
    error_message = "The Firestore database stands somewhere."
  }
}

variable "message_regions" {
  type        = list(string)
  description = "Regions that messages of Pub/Sub may lie in."
  validation {
    condition     = length(var.message_regions) > 0
    error_message = "Messages lie in one region at least."
  }
}

variable "protected" {
  type        = bool
  description = "Whether databases refuse to be deleted."
}

variable "audit_data_access" {
  type        = bool
  description = "Whether reads and writes of the database by people are logged for audit."
}

variable "most_instances" {
  type        = number
  description = "Instances that any function may have at most, whatever the catalogue says."
  validation {
    condition     = var.most_instances >= 1 && var.most_instances <= 1000
    error_message = "A function has 1 to 1,000 instances."
  }
}

variable "most_warm_instances" {
  type        = number
  description = "Instances that are kept warm of any function at most, whatever the catalogue says; 0: all scale to zero."
  validation {
    condition     = var.most_warm_instances >= 0
    error_message = "Instances cannot be fewer than none."
  }
}

variable "operator_org" {
  type        = string
  description = "Organisation whose owners run the installation by HTTP; empty: nobody does."
  default     = ""
  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{0,64}$", var.operator_org))
    error_message = "An organisation's id has letters, digits, dots, hyphens and underscores."
  }
}

variable "oidc" {
  type        = object({ issuer = string, audience = string, keys_url = optional(string, "") })
  description = "Whose tokens of callers are taken, and for whom they are made; keys_url only where discovery is not to be asked."
  validation {
    condition     = startswith(var.oidc.issuer, "https://") && var.oidc.audience != ""
    error_message = "The issuer is an https URL, and the audience is not empty."
  }
}

variable "secrets" {
  type        = map(map(string))
  description = "Secrets of Secret Manager, by function and environment variable."
  default     = {}
  validation {
    condition     = alltrue([for s in values(var.secrets) : length(s) > 0])
    error_message = "A function that is named has a secret."
  }
}

variable "edge" {
  type = object({
    domains             = optional(list(string), [])
    origins             = optional(list(string), [])
    requests_per_minute = optional(number, 20000)
    adaptive_protection = optional(bool, false)
    blocked_ranges      = optional(list(string), [])
    log_sample_rate     = optional(number, 0)
  })
  description = "The public door: domains (none: no load balancer), origins whose pages may call it, requests a minute of one address, share of requests that are logged."
  default     = {}
  validation {
    condition     = length(var.edge.domains) == length(toset(var.edge.domains))
    error_message = "A domain is named once."
  }
}

variable "alerts" {
  type = object({
    page_emails         = optional(list(string), [])
    page_channels       = optional(list(string), [])
    ticket_emails       = list(string)
    spanner_cpu_percent = optional(number, 65)
  })
  description = "Who hears of alerts: addresses, and channels of Cloud Monitoring that were made elsewhere since they hold a secret; CPU of high priority in percent at which Spanner alerts (65 in one region, 45 in several)."
  validation {
    condition     = length(var.alerts.page_emails) + length(var.alerts.page_channels) > 0 && length(var.alerts.ticket_emails) > 0
    error_message = "Somebody is paged, and somebody gets the tickets."
  }
}

variable "budget" {
  type        = object({ billing_account = string, currency = string, units = number })
  description = "What a month may cost, in whole units of the billing account's currency; null: nobody is told."
  default     = null
  validation {
    condition     = var.budget == null ? true : var.budget.units >= 1
    error_message = "A budget is at least one unit."
  }
}
