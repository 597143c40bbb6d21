# What differs from one installation to another; the rest of the environment's values stands in main.tf.

variable "project_id" {
  type        = string
  description = "Id of the project; one an environment."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens and begins with a letter."
  }
}

variable "staged" {
  type        = map(object({ object = string, sha256 = string }))
  description = "Uploads in the bucket, by function, as scripts/stage writes them to staged.json (-var-file=staged.json). None: no functions are made."
  default     = {}
  validation {
    condition     = alltrue([for u in values(var.staged) : u.object != ""])
    error_message = "An upload names its object."
  }
}

variable "oidc" {
  type        = object({ issuer = string, audience = string, keys_url = optional(string, "") })
  description = "Whose tokens of callers are taken, and for whom they are made; keys_url only where discovery is not to be asked."
  validation {
    condition     = startswith(var.oidc.issuer, "https://")
    error_message = "The issuer is an https URL."
  }
}

variable "operator_org" {
  type        = string
  description = "Organisation whose owners run the installation by HTTP; empty: nobody does."
  default     = ""
  validation {
    condition     = !strcontains(var.operator_org, " ")
    error_message = "An organisation's id has no spaces."
  }
}

variable "domains" {
  type        = list(string)
  description = "Domains of the API; none: there is no load balancer."
  default     = []
  validation {
    condition     = alltrue([for d in var.domains : !strcontains(d, "/")])
    error_message = "A domain has no scheme and no path."
  }
}

variable "origins" {
  type        = list(string)
  description = "Origins whose pages may call the API from a browser: https://desk.example."
  default     = []
  validation {
    condition     = alltrue([for o in var.origins : startswith(o, "https://")])
    error_message = "An origin is https."
  }
}

variable "alerts" {
  type = object({
    page_emails   = optional(list(string), [])
    page_channels = optional(list(string), [])
    ticket_emails = list(string)
  })
  description = "Who is paged and who gets tickets: addresses, and channels of Cloud Monitoring."
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
