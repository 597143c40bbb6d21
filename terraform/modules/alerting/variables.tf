variable "project_id" {
  type        = string
  description = "Id of the project."
  validation {
    condition     = length(var.project_id) > 0
    error_message = "The project is missing."
  }
}

variable "labels" {
  type        = map(string)
  description = "Labels of policies, checks and channels."
  validation {
    condition     = length(var.labels) > 0
    error_message = "Costs are told apart by labels, so there is at least one."
  }
}

variable "page_emails" {
  type        = list(string)
  description = "Addresses that pages go to."
  validation {
    condition     = alltrue([for e in var.page_emails : can(regex("^[^@ ]+@[^@ ]+$", e))])
    error_message = "An address has an @ in it."
  }
}

variable "page_channels" {
  type        = list(string)
  description = "Channels that pages go to and that were made elsewhere, since they hold a secret: projects/P/notificationChannels/N."
  validation {
    condition     = alltrue([for c in var.page_channels : can(regex("^projects/[^/]+/notificationChannels/[^/]+$", c))])
    error_message = "A channel is projects/P/notificationChannels/N."
  }
}

variable "ticket_emails" {
  type        = list(string)
  description = "Addresses that tickets go to."
  validation {
    condition     = alltrue([for e in var.ticket_emails : can(regex("^[^@ ]+@[^@ ]+$", e))])
    error_message = "An address has an @ in it."
  }
}

variable "spanner_cpu_percent" {
  type        = number
  description = "CPU of high priority, in percent, at which Spanner alerts: 65 in one region, 45 in several."
  validation {
    condition     = var.spanner_cpu_percent >= 20 && var.spanner_cpu_percent <= 65
    error_message = "Above 65 % the loss of a zone is felt, so it is 20 to 65."
  }
}

variable "domains" {
  type        = list(string)
  description = "Domains that are asked from outside whether they answer."
  validation {
    condition     = alltrue([for d in var.domains : !strcontains(d, "/")])
    error_message = "A domain has no scheme and no path."
  }
}

variable "periods" {
  type        = map(number)
  description = "Seconds from one sweep to the next, by function."
  validation {
    condition     = alltrue([for p in values(var.periods) : p >= 60])
    error_message = "Cloud Scheduler calls once a minute at most."
  }
}

variable "streams" {
  type        = list(string)
  description = "Functions whose answers last as long as they last: they do not count as slow."
  validation {
    condition     = alltrue([for s in var.streams : can(regex("^[a-z][a-z0-9-]*$", s))])
    error_message = "A function's name is in kebab case."
  }
}
