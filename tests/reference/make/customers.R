# Made answers of sixty customers for the references of the customer rooms, and the function that writes one truth.
# The scripts of those rooms source this one.
library(jsonlite)
reference <- if (file.exists("customers.R")) ".." else "."

make_customers <- function() {
  set.seed(2010)
  n <- 60
  one_to <- function(x, low, high) pmin(pmax(round(x), low), high)
  taste <- rnorm(n)
  e <- sapply(1:3, function(i) one_to(5.6 + .7 * taste + rnorm(n, sd = .9), 1, 7))
  p <- sapply(1:3, function(i) one_to(4.9 + .8 * taste + .2 * i + rnorm(n, sd = 1.1), 1, 7))
  i <- sapply(1:3, function(j) one_to(2.1 + .3 * j / 2 + rnorm(n, sd = .6), 1, 3))
  satisfaction <- one_to(1 + .5 * p[, 1] + .4 * p[, 2] + .2 * p[, 3] + rnorm(n), 1, 10)
  recommend <- one_to(1 + .9 * satisfaction + rnorm(n, sd = 1.6), 0, 10)
  effort <- one_to(7.5 - .5 * satisfaction + rnorm(n), 1, 7)
  out <- data.frame(e, p, i, satisfaction, recommend, effort,
    branch = sample(c("Arnhem", "Breda", "Delft"), n, TRUE, c(.5, .3, .2)),
    channel = sample(c("phone", "web", "desk"), n, TRUE), weight = round(runif(n, .5, 2), 2))
  names(out)[1:9] <- c(paste0("e", 1:3), paste0("p", 1:3), paste0("i", 1:3))
  out$renewed <- rbinom(n, 1, plogis(-3 + .7 * satisfaction))
  out$e2[7] <- NA; out$p1[c(11, 30)] <- NA; out$i3[5] <- NA; out$recommend[21] <- NA; out$channel[40] <- NA
  out$satisfaction[55] <- NA; out$effort[2] <- NA
  write.csv(out, file.path(reference, "data/customers.csv"), row.names = FALSE, na = "")
}
if (!file.exists(file.path(reference, "data/customers.csv"))) make_customers()
customers <- read.csv(file.path(reference, "data/customers.csv"), na.strings = "")
customers_data <- list(csv = "data/customers.csv")

truth <- function(room, name, fun, what, arguments, table = NULL, fit = NULL, info = NULL, command,
                  data = customers_data, citation = R.version.string, tolerance = list(default = 1e-8),
                  kind = "R") {
  said <- list(what = what, "function" = paste0("klantstudie.analyses.", room, ".", fun), data = data,
    arguments = arguments, expected = Filter(Negate(is.null), list(table = table, fit = fit, info = info)),
    tolerance = tolerance,
    source = list(kind = kind, citation = citation, command = command,
      version = paste(R.version$major, R.version$minor, sep = "."), date = "2026-11-23"))
  writeLines(toJSON(said, auto_unbox = TRUE, digits = NA, null = "null", na = "null", pretty = TRUE),
    file.path(reference, room, paste0(name, ".json")))
}
row <- function(...) list(...)
