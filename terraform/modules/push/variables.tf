variable "project_id" {
  type        = string
  description = "Id of the project."
  validation {
    condition     = length(var.project_id) > 0
    error_message = "The project is missing."
  }
}

variable "project_number" {
  type        = string
  description = "Number of the project, by which Pub/Sub's own account is named."
  validation {
    condition     = length(var.project_number) > 0
    error_message = "The project's number is missing."
  }
}

variable "labels" {
  type        = map(string)
  description = "Labels of topic and subscriptions."
  validation {
    condition     = length(var.labels) > 0
    error_message = "Costs are told apart by labels, so there is at least one."
  }
}

variable "function" {
  type = object({
    name           = string
    service        = string
    timeoutSeconds = number
    subscription = object({
      ordered             = bool
      ackDeadlineSeconds  = number
      minBackoffMillis    = number
      maxBackoffSeconds   = number
      maxDeliveryAttempts = number
    })
  })
  description = "The function's entry in functions/catalogue.yaml."
  validation {
    condition     = var.function.subscription.ackDeadlineSeconds > var.function.timeoutSeconds
    error_message = "A message may not come again while the first one is worked on: ackDeadlineSeconds is above timeoutSeconds."
  }
  validation {
    condition     = var.function.subscription.maxBackoffSeconds >= 1 && var.function.subscription.maxBackoffSeconds <= 10
    error_message = "A consumer that can work again is behind for 10 s at most: maxBackoffSeconds is 1 to 10."
  }
}

variable "topic_id" {
  type        = string
  description = "The topic, projects/P/topics/T."
  validation {
    condition     = length(var.topic_id) > 0
    error_message = "The topic is missing."
  }
}

variable "retention_hours" {
  type        = number
  description = "How long a message waits for the function, in hours: Pub/Sub wants 1 to 744."
  default     = 168
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

variable "url" {
  type        = string
  description = "Where the function is called; it is the audience of the tokens as well."
  validation {
    condition     = startswith(var.url, "https://")
    error_message = "A function is called by https."
  }
}

variable "caller" {
  type        = object({ name = string, email = string })
  description = "The service account that calls this function and no other: its full name and its address."
  validation {
    condition     = length(var.caller.name) > 0 && length(var.caller.email) > 0
    error_message = "The caller has a name and an address."
  }
}
