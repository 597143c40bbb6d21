variable "project_id" {
  type        = string
  description = "Id of the project."
  validation {
    condition     = length(var.project_id) > 0
    error_message = "The project is missing."
  }
}

variable "region" {
  type        = string
  description = "Region of the public function."
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]$", var.region))
    error_message = "A region is named like europe-west1."
  }
}

variable "labels" {
  type        = map(string)
  description = "Labels of address and forwarding rules."
  validation {
    condition     = length(var.labels) > 0
    error_message = "Costs are told apart by labels, so there is at least one."
  }
}

variable "service" {
  type        = string
  description = "Cloud Run service of the public function."
  validation {
    condition     = length(var.service) > 0
    error_message = "The service is missing."
  }
}

variable "domains" {
  type        = list(string)
  description = "Domains of the API; their DNS leads to the address before the certificate can be made."
  validation {
    condition     = length(var.domains) > 0 && alltrue([for d in var.domains : can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", d))])
    error_message = "A domain is a name such as api.example.com, and there is at least one."
  }
}

variable "requests_per_minute" {
  type        = number
  description = "Requests that one address may make in a minute."
  validation {
    condition     = var.requests_per_minute >= 2000
    error_message = "The largest plan has 2,000 requests a minute; one address may stand for a whole organisation."
  }
}

variable "adaptive_protection" {
  type        = bool
  description = "Whether Cloud Armor learns what traffic is usual and tells of what is not."
}

variable "blocked_ranges" {
  type        = list(string)
  description = "Addresses that are shut out, in CIDR notation."
  default     = []
  validation {
    condition     = alltrue([for r in var.blocked_ranges : can(cidrhost(r, 0))]) && length(var.blocked_ranges) <= 10
    error_message = "Ranges are in CIDR notation, ten at most."
  }
}

variable "log_sample_rate" {
  type        = number
  description = "Share of requests that the load balancer logs, 0 to 1."
  validation {
    condition     = var.log_sample_rate >= 0 && var.log_sample_rate <= 1
    error_message = "A share is 0 to 1."
  }
}
