# Makes the references of the describe room from R. Run from this folder: Rscript describe.R
if (file.exists("customers.R")) setwd("..")
source("make/customers.R")
suppressMessages(library(psych))
psych_version <- paste("psych", packageVersion("psych"))

shares <- function(column, w = rep(1, nrow(customers))) {
  x <- customers[[column]]
  rows <- lapply(sort(unique(x)), function(l) row(term = column, group = l, n = sum(x == l, na.rm = TRUE),
    share = sum(w[x %in% l]) / sum(w[!is.na(x)])))
  if (anyNA(x)) rows <- c(rows, list(row(term = column, group = "missing", n = sum(is.na(x)), share = NULL)))
  lapply(rows, function(r) { if (is.null(r$share)) r["share"] <- list(NULL); r })
}
total <- list(row(term = "total", group = "", n = 60, share = 1))
truth("describe", "sample", "sample", "Counts and shares per branch and channel", list(by = c("branch", "channel")),
  c(total, shares("branch"), shares("channel")), info = list(n_used = 60), command = "table, prop.table")
truth("describe", "sample_weighted", "sample", "Weighted shares per branch and channel",
  list(by = c("branch", "channel"), weights = "weight"),
  c(total, shares("branch", customers$weight), shares("channel", customers$weight)), command = "sum(w[x == label]) / sum(w)")

item <- function(name, ends = range(customers[[name]], na.rm = TRUE)) {
  x <- na.omit(customers[[name]])
  row(term = name, n = length(x), n_missing = 60 - length(x), mean = mean(x), sd = sd(x), median = median(x),
    minimum = min(x), maximum = max(x), skewness = skew(x, type = 2), kurtosis = kurtosi(x, type = 2),
    floor = mean(x == ends[1]), ceiling = mean(x == ends[2]))
}
columns <- c("p1", "p2", "recommend")
command <- "mean, sd, median, psych::skew(type = 2), psych::kurtosi(type = 2)"
truth("describe", "items", "items", "Three items, ends of the answers seen", list(items = columns),
  lapply(columns, item), info = list(n_total = 60, n_used = 60), command = command, citation = psych_version)
truth("describe", "items_scale", "items", "Two items on a scale of 1 to 7", list(items = c("p1", "p2"), scale = c(1, 7)),
  lapply(c("p1", "p2"), item, c(1, 7)), command = command, citation = psych_version)

answer <- function(name, points) {
  x <- na.omit(customers[[name]])
  lapply(points, function(p) row(term = name, answer = as.character(p), n = sum(x == p), share = mean(x == p)))
}
truth("describe", "answers", "answers", "Answers to two items, all points of the scale", list(items = c("p1", "i3"), scale = c(1, 7)),
  c(answer("p1", 1:7), answer("i3", 1:7)), command = "table, prop.table")
truth("describe", "answers_seen", "answers", "Answers to one item, the answers seen", list(items = "i1"), answer("i1", 1:3),
  command = "table, prop.table")

correlations <- function(x, method, adjust, level = .95, listwise = TRUE) {
  if (listwise) x <- x[complete.cases(x), ]
  all <- combn(names(x), 2)
  rows <- lapply(seq_len(ncol(all)), function(k) {
    y <- x[all[, k]]; y <- y[complete.cases(y), ]; n <- nrow(y)
    test <- cor.test(y[[1]], y[[2]], method = method, exact = FALSE, conf.level = level); r <- unname(test$estimate)
    e <- sqrt((if (method == "spearman") 1 + r^2 / 2 else 1) / (n - 3))
    row(term = paste(all[1, k], "~~", all[2, k]), n = n, estimate = r, conf_low = tanh(atanh(r) - qnorm((1 + level) / 2) * e),
      conf_high = tanh(atanh(r) + qnorm((1 + level) / 2) * e), statistic = r * sqrt((n - 2) / (1 - r^2)), df = n - 2,
      p_value = test$p.value)
  })
  p <- p.adjust(sapply(rows, `[[`, "p_value"), adjust)
  lapply(seq_along(rows), function(k) c(rows[[k]], p_adjusted = p[k]))
}
x <- customers[c("p1", "satisfaction", "recommend")]; done <- x[complete.cases(x), ]
command <- "cor.test(exact = FALSE); Spearman's interval by the error of Bonett and Wright (2000)"
truth("describe", "correlations", "correlations", "Pearson correlations, listwise, Holm", list(columns = names(x)),
  correlations(x, "pearson", "holm"), info = list(n_used = nrow(done)), command = command)
truth("describe", "correlations_spearman", "correlations", "Spearman correlations, pairwise, Benjamini-Hochberg, 90%",
  list(columns = names(x), method = "spearman", missing = "pairwise", adjust = "fdr_bh", conf_level = .9),
  correlations(x, "spearman", "BH", .9, FALSE), command = command)
moments <- list(moments = list(columns = names(x), mean = unname(colMeans(done)), sd = unname(sapply(done, sd)),
  corr = unname(cor(done)), n = nrow(done)))
truth("describe", "correlations_moments", "correlations", "The listwise Pearson correlations from printed moments, Bonferroni",
  list(columns = names(x), adjust = "bonferroni"), correlations(x, "pearson", "bonferroni"), data = moments, command = command)
