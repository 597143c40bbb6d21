variable "project_id" {
  type        = string
  description = "Id of the project."
  validation {
    condition     = length(var.project_id) > 0
    error_message = "The project is missing."
  }
}

variable "name" {
  type        = string
  description = "Name of the topic, as in the catalogue."
  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name))
    error_message = "A topic's name is in kebab case."
  }
}

variable "labels" {
  type        = map(string)
  description = "Labels of the topic."
  validation {
    condition     = length(var.labels) > 0
    error_message = "Costs are told apart by labels, so there is at least one."
  }
}

variable "retention_hours" {
  type        = number
  description = "How long the topic keeps a message for a replay, in hours."
  validation {
    condition     = var.retention_hours >= 1 && var.retention_hours <= 744
    error_message = "Pub/Sub keeps messages for 1 to 744 hours."
  }
}

variable "storage_regions" {
  type        = list(string)
  description = "Regions that messages may lie in."
  validation {
    condition     = length(var.storage_regions) > 0
    error_message = "Messages lie in one region at least."
  }
}

variable "publishers" {
  type        = map(string)
  description = "Members that may publish, by function."
  default     = {}
  validation {
    condition     = alltrue([for m in values(var.publishers) : startswith(m, "serviceAccount:")])
    error_message = "Only service accounts publish."
  }
}
