-- Of the returns only those that gave a coupon back are looked at, once, while nobody writes a coupon or a return. To add
-- it NOT VALID first would change nothing: what is missing of the migrations is one transaction.
ALTER TABLE order_return ADD CONSTRAINT order_return_coupon FOREIGN KEY (coupon_id) REFERENCES coupon (id);
