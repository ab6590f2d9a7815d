// On phones, brings the link of this page into sight among those of the account.
document.querySelector(".account-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
